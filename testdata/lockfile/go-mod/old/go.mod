module example.com/app

go 1.16

require github.com/gorilla/websocket v1.4.0
