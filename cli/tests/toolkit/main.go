// Serves one page through exporter-toolkit, as Prometheus' own exporters do: what ours is compared with.
//
//	exporter-toolkit FILE   serves by this web configuration on any free port, and prints `serving ADDRESS` once it does
package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"

	"github.com/prometheus/exporter-toolkit/web"
)

// Told when it is first accepted from: what comes before that is where a configuration is refused.
type announced struct {
	net.Listener
	once sync.Once
}

func (l *announced) Accept() (net.Conn, error) {
	l.once.Do(func() { fmt.Println("serving", l.Addr()) })
	return l.Listener.Accept()
}

func main() {
	file := os.Args[1]
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		http.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "judge 1") })
		flags := &web.FlagConfig{WebConfigFile: &file}
		err = web.Serve(&announced{Listener: listener}, &http.Server{}, flags, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
