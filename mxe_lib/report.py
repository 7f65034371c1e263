"""stub"""
def build(out, names): pass
def update_readme(root): pass
