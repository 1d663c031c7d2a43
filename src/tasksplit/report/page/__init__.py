"""Where does everything stand, as a page that opens from disk?"""
