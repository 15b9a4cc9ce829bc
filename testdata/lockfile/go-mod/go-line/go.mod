module example.com/app

go 1.23

toolchain default

require github.com/BurntSushi/toml v0.3.1
