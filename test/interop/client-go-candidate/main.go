// A candidate that runs client-go's own leader election, for tests that mix it with ours.
//
// It stands in the election NAME, or with -count N in the elections NAME-0 … NAME-(N-1), and prints what happens as
// one JSON object a line on stdout:
//
//	{"time":"2026-01-02T03:04:05.678Z","type":"started-leading","identity":"a","leader":"a","election":"demo"}
//
// type is started-leading, stopped-leading or new-leader; leader is the last leader that client-go told of, in the order
// in which it happened to tell.
// started-leading and stopped-leading mark when a program's guarded work may begin and must end. An election that is
// lost is over, as with most programs; -rejoin stands again. SIGTERM and SIGINT cancel everything: exit code 0. Once
// every election is over without that, the exit code is 1.
//
// It compiles against client-go 0.20 and later.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

type options struct {
	kubeconfig      string
	lock            string
	namespace       string
	name            string
	identity        string
	count           int
	leaseDuration   time.Duration
	renewDeadline   time.Duration
	retryPeriod     time.Duration
	releaseOnCancel bool
	rejoin          bool
}

func parseOptions() (options, error) {
	var o options
	hostname, _ := os.Hostname()
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "path of a kubeconfig file (default: in-cluster)")
	flag.StringVar(&o.lock, "lock", resourcelock.LeasesResourceLock,
		"kind of lock, by client-go's name: leases; with client-go before 0.24 also configmaps, endpoints, "+
			"configmapsleases, endpointsleases")
	flag.StringVar(&o.namespace, "namespace", metav1.NamespaceDefault, "namespace of the elections")
	flag.StringVar(&o.name, "name", "", "name of the election (required)")
	flag.StringVar(&o.identity, "id", hostname, "identity of this candidate")
	flag.IntVar(&o.count, "count", 0, "stand in this many elections, NAME-0 and so on (default: in NAME alone)")
	flag.DurationVar(&o.leaseDuration, "lease-duration", 15*time.Second, "")
	flag.DurationVar(&o.renewDeadline, "renew-deadline", 10*time.Second, "")
	flag.DurationVar(&o.retryPeriod, "retry-period", 2*time.Second, "")
	flag.BoolVar(&o.releaseOnCancel, "release-on-cancel", false, "empty the holder when cancelled")
	flag.BoolVar(&o.rejoin, "rejoin", false, "stand again after losing")
	flag.Parse()
	if o.name == "" {
		return o, fmt.Errorf("-name is required")
	}
	if flag.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	return o, nil
}

func (o options) elections() []string {
	if o.count == 0 {
		return []string{o.name}
	}
	names := make([]string, o.count)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%d", o.name, i)
	}
	return names
}

// newClient has client-go's own timeout for leader election (NewFromKubeconfig in resourcelock: half the renew
// deadline, at least a second), and no client-side rate limit that would distort a measurement.
func newClient(o options) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.Timeout = o.renewDeadline / 2
	if config.Timeout < time.Second {
		config.Timeout = time.Second
	}
	config.QPS = 5000
	config.Burst = 10000
	return kubernetes.NewForConfig(config)
}

// journal writes one JSON line per fact.
type journal struct {
	mutex   sync.Mutex
	encoder *json.Encoder
}

type fact struct {
	Time     string `json:"time"`
	Type     string `json:"type"`
	Identity string `json:"identity"`
	Leader   string `json:"leader"`
	Election string `json:"election"`
}

func (j *journal) write(f fact) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	f.Time = time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00")
	_ = j.encoder.Encode(f)
}

// term is one stay in an election: it reports a start at most once, a stop only after a start, and the stop as soon as
// the work's context ends. client-go calls OnStoppedLeading only after it has released the lease, and also when it
// never led; it calls OnStartedLeading and OnNewLeader in goroutines of their own; and up to 0.20 its GetLeader is not
// safe to call from these.
type term struct {
	election, identity string
	journal            *journal

	mutex            sync.Mutex
	started, stopped bool
	leader           string
}

func (t *term) lead(ctx context.Context) {
	t.mutex.Lock()
	if !t.stopped {
		t.started = true
		t.leader = t.identity
		t.report("started-leading")
	}
	t.mutex.Unlock()
	<-ctx.Done()
	t.stop()
}

func (t *term) stop() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.started && !t.stopped {
		t.report("stopped-leading")
	}
	t.stopped = true
}

func (t *term) follow(leader string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.leader = leader
	t.report("new-leader")
}

func (t *term) report(kind string) {
	t.journal.write(fact{Type: kind, Identity: t.identity, Leader: t.leader, Election: t.election})
}

// stand takes part in one election until it is lost or ctx ends.
func stand(ctx context.Context, o options, client kubernetes.Interface, election string, j *journal) error {
	lock, err := resourcelock.New(o.lock, o.namespace, election, client.CoreV1(), client.CoordinationV1(),
		resourcelock.ResourceLockConfig{Identity: o.identity})
	if err != nil {
		return err
	}
	current := &term{election: election, identity: o.identity, journal: j}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock:            lock,
		Name:            election,
		LeaseDuration:   o.leaseDuration,
		RenewDeadline:   o.renewDeadline,
		RetryPeriod:     o.retryPeriod,
		ReleaseOnCancel: o.releaseOnCancel,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: current.lead,
			OnStoppedLeading: current.stop,
			OnNewLeader:      current.follow,
		},
	})
	if err != nil {
		return err
	}
	elector.Run(ctx)
	return nil
}

func run() error {
	o, err := parseOptions()
	if err != nil {
		return err
	}
	client, err := newClient(o)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()

	j := &journal{encoder: json.NewEncoder(os.Stdout)}
	names := o.elections()
	ended := make(chan error, len(names))
	for _, name := range names {
		go func(name string) {
			for {
				err := stand(ctx, o, client, name, j)
				if err != nil || !o.rejoin || ctx.Err() != nil {
					ended <- err
					return
				}
			}
		}(name)
	}
	for range names {
		if err := <-ended; err != nil {
			return err
		}
	}
	if ctx.Err() == nil {
		return fmt.Errorf("every election was lost")
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "client-go-candidate:", err)
		os.Exit(1)
	}
}
