print("srq-lua")
