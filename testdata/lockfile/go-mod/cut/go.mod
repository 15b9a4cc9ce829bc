module example.com/app

go 1.21rc2

require (
	github.com/gorilla/websocket v1.4.0
	golang.org/x/net
