module example.com/app // the project

go 1.21.0

toolchain go1.22.5

require github.com/gin-gonic/gin v1.7.0

require (
	golang.org/x/net v0.7.0 // indirect
	"golang.org/x/text" v0.3.5
	example.com/forked v1.0.0
	example.com/moved v1.1.0
	example.com/moved/other v1.1.0
	example.com/local v0.0.0-00010101000000-000000000000
	example.com/bad v1.4.0
	github.com/old/pkg v2.0.0+incompatible
)

replace example.com/forked => github.com/fork/forked v1.0.1

replace (
	example.com/moved v1.1.0 => example.com/new v1.2.0
	example.com/moved/other v1.0.0 => example.com/unused v9.9.9
	example.com/local => ./local
)

exclude example.com/bad v1.4.0

retract [v0.1.0, v0.2.0]

tool golang.org/x/tools/cmd/stringer
