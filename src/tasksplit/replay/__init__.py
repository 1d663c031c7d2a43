"""How is one side run over one message in a scratch world?"""
