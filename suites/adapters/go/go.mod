module keyproof-adapter

go 1.19
