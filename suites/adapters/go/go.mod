module keyproof-adapter

go 1.24
