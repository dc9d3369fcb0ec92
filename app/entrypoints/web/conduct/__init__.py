"""Conduct (使用与信用): who came and left, credit and restrictions."""
