// server NETWORK ADDRESS...: answers HTTP there, or with "udp" every DNS question. "mptcp" is the
// socket that net.Listen makes from Go 1.24 on. What follows SIGHUP is bound when that comes.
package main

import (
	"bufio"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
)

const protocolMPTCP = 262 // IPPROTO_MPTCP of linux/in.h

// How an answer differs from its question: it is one, with one record, the A record 192.0.2.1.
const record = "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func answerHTTP(client net.Conn) {
	bufio.NewReader(client).ReadString('\n')
	client.Write([]byte("HTTP/1.0 200 OK\r\n\r\nhello from go\n"))
	client.Close()
}

func serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		check(err)
		go answerHTTP(client)
	}
}

func answerDNS(socket net.PacketConn) {
	for {
		question := make([]byte, 512)
		length, client, err := socket.ReadFrom(question)
		check(err)
		question[2] |= 0x80
		question[7] = 1
		socket.WriteTo(append(question[:length], record...), client)
	}
}

func listenMPTCP(address string) (net.Listener, error) {
	at, err := net.ResolveTCPAddr("tcp6", address)
	check(err)
	fd, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_STREAM, protocolMPTCP)
	check(err)
	to := syscall.SockaddrInet6{Port: at.Port}
	copy(to.Addr[:], at.IP.To16())
	check(os.NewSyscallError("bind", syscall.Bind(fd, &to)))
	check(syscall.Listen(fd, 16))
	return net.FileListener(os.NewFile(uintptr(fd), address))
}

func listen(network, address string) {
	if network == "udp" {
		socket, err := net.ListenPacket(network, address)
		check(err)
		go answerDNS(socket)
		return
	}
	make := net.Listen
	if network == "mptcp" {
		make = func(_, address string) (net.Listener, error) { return listenMPTCP(address) }
	}
	listener, err := make(network, address)
	check(err)
	go serve(listener)
}

func main() {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	for i := 1; i+1 < len(os.Args); i += 2 {
		if os.Args[i] == "SIGHUP" {
			<-hangup
			i++
		}
		listen(os.Args[i], os.Args[i+1])
	}
	select {}
}
