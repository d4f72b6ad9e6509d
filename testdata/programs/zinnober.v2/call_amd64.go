package zinnober

func zinnoberInAssembly()
