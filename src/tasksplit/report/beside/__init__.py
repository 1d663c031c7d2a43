"""What did each side do, one beside the other?"""
