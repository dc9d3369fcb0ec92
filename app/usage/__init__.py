"""Usage (使用): who came and left, what is given on because nobody came, and what each use was judged to be (签到、判定)."""
