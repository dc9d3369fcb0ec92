"""Administration (管理): settings and limits, jobs, messages, robots, the trail."""
