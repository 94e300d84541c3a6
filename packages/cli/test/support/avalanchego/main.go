// A node of one chain: drives a plugin with avalanchego's own client of rpcchainvm, and routes HTTP to it as avalanchego does.
// It makes a block whenever the plugin has work, says so in a line of JSON, and shuts the plugin down when its input ends.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/ava-labs/avalanchego/api/metrics"
	"github.com/ava-labs/avalanchego/database/memdb"
	"github.com/ava-labs/avalanchego/ids"
	"github.com/ava-labs/avalanchego/snow"
	"github.com/ava-labs/avalanchego/upgrade"
	"github.com/ava-labs/avalanchego/utils/crypto/bls/signer/localsigner"
	"github.com/ava-labs/avalanchego/utils/logging"
	"github.com/ava-labs/avalanchego/version"
	"github.com/ava-labs/avalanchego/vms/rpcchainvm"
	"github.com/ava-labs/avalanchego/vms/rpcchainvm/runtime"
	"github.com/gorilla/mux"
)

type noTracker struct{}

func (noTracker) TrackProcess(int)   {}
func (noTracker) UntrackProcess(int) {}

func check(err error, what string) {
	if err != nil {
		say(map[string]any{"event": "failed", "what": what, "error": err.Error()})
		os.Exit(1)
	}
}

func say(fields map[string]any) {
	line, _ := json.Marshal(fields)
	fmt.Println(string(line))
}

// chainContext is what avalanchego tells a chain of itself; a chain that asks for nothing of it is told little.
func chainContext(chainID ids.ID, dir string) *snow.Context {
	key, err := localsigner.New()
	check(err, "key")
	return &snow.Context{
		NetworkID:       1337,
		SubnetID:        ids.GenerateTestID(),
		ChainID:         chainID,
		NodeID:          ids.GenerateTestNodeID(),
		PublicKey:       key.PublicKey(),
		NetworkUpgrades: upgrade.Default,
		XChainID:        ids.GenerateTestID(),
		CChainID:        ids.GenerateTestID(),
		AVAXAssetID:     ids.GenerateTestID(),
		Log:             logging.NoLog{},
		BCLookup:        ids.NewAliaser(),
		Metrics:         metrics.NewPrefixGatherer(),
		ChainDataDir:    dir,
	}
}

// route serves the chain's handlers as avalanchego's own server does: by whole paths, or all of them by a header.
func route(vm *rpcchainvm.VMClient, chainID ids.ID) string {
	ctx := context.Background()
	handlers, err := vm.CreateHandlers(ctx)
	check(err, "CreateHandlers")
	byHeader, err := vm.NewHTTPHandler(ctx)
	check(err, "NewHTTPHandler")
	paths := mux.NewRouter()
	for prefix, handler := range handlers {
		paths.Handle("/ext/bc/aivm"+prefix, handler)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err, "listen")
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := r.Header.Get("Avalanche-Api-Route"); name == chainID.String() {
			byHeader.ServeHTTP(w, r)
			return
		}
		paths.ServeHTTP(w, r)
	}))
	return "http://" + listener.Addr().String()
}

func makeBlocks(ctx context.Context, vm *rpcchainvm.VMClient) {
	for {
		if _, err := vm.WaitForEvent(ctx); err != nil {
			if ctx.Err() != nil {
				return
			}
			check(err, "WaitForEvent")
		}
		block, err := vm.BuildBlock(ctx)
		if ctx.Err() != nil {
			return
		}
		check(err, "BuildBlock")
		again, err := vm.ParseBlock(ctx, block.Bytes())
		check(err, "ParseBlock")
		if again.ID() != block.ID() {
			check(fmt.Errorf("%s", again.ID()), "a block that is another one when it is parsed")
		}
		check(block.Verify(ctx), "Verify")
		check(vm.SetPreference(ctx, block.ID()), "SetPreference")
		check(block.Accept(ctx), "Accept")
		id, err := vm.GetBlockIDAtHeight(ctx, block.Height())
		check(err, "GetBlockIDAtHeight")
		say(map[string]any{"event": "block", "height": block.Height(), "id": id.String(), "time": block.Timestamp().Unix()})
	}
}

func main() {
	path := flag.String("plugin", "", "the plugin's executable")
	dir := flag.String("dir", "", "the chain's data directory")
	genesis := flag.String("genesis", "", "genesis file")
	flag.Parse()

	ctx := context.Background()
	factory := rpcchainvm.NewFactory(*path, noTracker{}, runtime.NewManager(), metrics.NewPrefixGatherer())
	made, err := factory.New(logging.NoWarn{})
	check(err, "start")
	vm := made.(*rpcchainvm.VMClient)
	name, err := vm.Version(ctx)
	check(err, "Version")
	if *genesis == "" {
		say(map[string]any{"event": "version", "version": name, "protocol": version.RPCChainVMProtocol})
		check(vm.Shutdown(ctx), "Shutdown")
		return
	}
	bytes, err := os.ReadFile(*genesis)
	check(err, "genesis")
	chainID := ids.GenerateTestID()
	check(vm.Initialize(ctx, chainContext(chainID, *dir), memdb.New(), bytes, nil, nil, nil, nil), "Initialize")
	for _, state := range []snow.State{snow.Bootstrapping, snow.NormalOp} {
		check(vm.SetState(ctx, state), "SetState")
	}
	stateSync, err := vm.StateSyncEnabled(ctx)
	check(err, "StateSyncEnabled")
	check(vm.AppGossip(ctx, ids.GenerateTestNodeID(), []byte("hello")), "AppGossip")
	check(vm.Connected(ctx, ids.GenerateTestNodeID(), version.Current), "Connected")
	health, err := vm.HealthCheck(ctx)
	check(err, "HealthCheck")
	_, err = vm.Gather()
	check(err, "Gather")
	last, err := vm.LastAccepted(ctx)
	check(err, "LastAccepted")
	block, err := vm.GetBlock(ctx, last)
	check(err, "GetBlock")
	_, err = vm.GetBlock(ctx, ids.GenerateTestID())
	say(map[string]any{
		"event": "open", "version": name, "protocol": version.RPCChainVMProtocol, "url": route(vm, chainID),
		"chain": chainID.String(), "height": block.Height(), "id": last.String(), "stateSync": stateSync,
		"health": health, "unknown": fmt.Sprint(err),
	})
	running, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		makeBlocks(running, vm)
		close(done)
	}()
	io.Copy(io.Discard, os.Stdin)
	stop()
	<-done
	check(vm.Shutdown(ctx), "Shutdown")
	say(map[string]any{"event": "stopped"})
}
