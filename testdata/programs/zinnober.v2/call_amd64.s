// func zinnoberInAssembly()
TEXT ·zinnoberInAssembly(SB), 0, $8-0
	CALL ·waitZinnober(SB)
	RET
