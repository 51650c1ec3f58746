#!/bin/bash
# Makes a lab host a cluster of one node: etcd, the control plane, containerd, the kubelet, kube-proxy. Run inside of the host; run again, it
# starts what has died. Usage: up.sh ADDRESS IMAGE…; what build.sh made is in /var/lib/nubo/programs, each IMAGE in /var/lib/nubo/images. Writes admin.kubeconfig and nubo.kubeconfig into /var/lib/nubo/kubernetes.
set -euo pipefail
# Whoever comes from outside is in other control groups than the host's, and sees other names of them.
if [ "$(readlink /proc/self/ns/cgroup)" != "$(readlink /proc/1/ns/cgroup)" ]; then
  for folder in /sys/fs/cgroup/*/; do
    [ ! -e "$folder/cgroup.procs" ] || echo $$ >"$folder/cgroup.procs"
  done
  exec nsenter --cgroup=/proc/1/ns/cgroup bash "$0" "$@"
fi
address=$1
shift
programs=/var/lib/nubo/programs
here=$(cd "$(dirname "$0")" && pwd)
export PATH=$programs/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
k=/var/lib/nubo/kubernetes
mkdir -p "$k"/{pki,etcd,kubelet,containerd,cni,log}
cd "$k"

mkdir -p /run/cluster # a host that was off has an empty /run
start() { # NAME PROGRAM ARGUMENT…: unless it runs
  local name=$1
  shift
  if kill -0 "$(cat "/run/cluster/$name" 2>/dev/null || echo x)" 2>/dev/null; then return; fi
  setsid "$@" >>"$k/log/$name.log" 2>&1 </dev/null &
  echo $! >"/run/cluster/$name"
}
until_ok() { # SECONDS COMMAND…
  local tries=$(($1 * 10))
  shift
  for _ in $(seq $tries); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  echo "did not come up: $*" >&2
  tail -n 5 "$k"/log/*.log >&2
  exit 1
}

# ---- kernel settings that the kubelet wants are the whole machine's: it finds them as it wants them, and changes nothing
lay() { # FILE VALUE
  mkdir -p /run/kernel
  local copy=/run/kernel/${1//\//-}
  [ -e "/proc/sys/$1" ] && [ ! -e "$copy" ] || return 0
  echo "$2" >"$copy"
  mount --bind "$copy" "/proc/sys/$1"
}
lay vm/overcommit_memory 1
lay vm/panic_on_oom 0
lay kernel/panic 10
lay kernel/panic_on_oops 1
lay kernel/keys/root_maxkeys 1000000
lay kernel/keys/root_maxbytes 25000000
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
# The way to a cloud's metadata: without an answer the kubelet waits for it.
ip route replace unreachable 169.254.0.0/16

# ---- who is who
if [ ! -e pki/tokens ]; then
  openssl genrsa -out pki/sa.key 2048 2>/dev/null
  openssl rsa -in pki/sa.key -pubout -out pki/sa.pub 2>/dev/null
  token() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }
  printf '%s,admin,admin,system:masters\n%s,system:node:%s,node,system:nodes\n%s,nubo,nubo\n' \
    "$(token)" "$(token)" "$HOSTNAME" "$(token)" >pki/draft
  mv pki/draft pki/tokens
fi
# ---- control plane
start etcd etcd --data-dir "$k/etcd" --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380 --unsafe-no-fsync
start apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 --advertise-address="$address" \
  --cert-dir="$k/pki" --token-auth-file="$k/pki/tokens" --authorization-mode=Node,RBAC --service-cluster-ip-range=10.97.0.0/16 \
  --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$k/pki/sa.pub" \
  --service-account-signing-key-file="$k/pki/sa.key" --allow-privileged=true --kubelet-preferred-address-types=InternalIP
until_ok 60 curl -sfk "https://$address:6443/readyz"
kubeconfig() { # USER FILE
  local token
  token=$(grep ",$1," pki/tokens | cut -d, -f1)
  printf 'apiVersion: v1
kind: Config
current-context: lab
clusters: [{name: lab, cluster: {server: "https://%s:6443", certificate-authority-data: %s}}]
users: [{name: lab, user: {token: %s}}]
contexts: [{name: lab, context: {cluster: lab, user: lab}}]
' "$address" "$(base64 -w0 pki/apiserver.crt)" "$token" >"$2"
}
kubeconfig admin admin.kubeconfig
kubeconfig "system:node:$HOSTNAME" node.kubeconfig
kubeconfig nubo nubo.kubeconfig
start controller-manager kube-controller-manager --kubeconfig=admin.kubeconfig --port=0 --leader-elect=false \
  --service-account-private-key-file="$k/pki/sa.key" --root-ca-file="$k/pki/apiserver.crt"
start scheduler kube-scheduler --kubeconfig=admin.kubeconfig --port=0 --leader-elect=false

# ---- node
mkdir -p cni/conf
printf '{"cniVersion":"0.4.0","name":"pods","type":"bridge","bridge":"cni0","isGateway":true,"ipMasq":true,"hairpinMode":true,
"ipam":{"type":"host-local","ranges":[[{"subnet":"10.98.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}}\n' >cni/conf/10-pods.conf
printf 'version = 2
root = "%s/containerd"
state = "/run/containerd"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "localhost/pause:latest"
disable_apparmor = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "%s/cni"
conf_dir = "%s/cni/conf"
' "$k" "$programs" "$k" >containerd.toml
start containerd containerd --config containerd.toml
until_ok 30 ctr version
for image in "$@"; do ctr -n k8s.io images import "/var/lib/nubo/images/$image" >>log/images.log 2>&1; done

printf 'apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupRoot: /
failSwapOn: false
maxPods: 60
evictionHard: {nodefs.available: "1%%", imagefs.available: "1%%", memory.available: 50Mi}
imageGCHighThresholdPercent: 100
' >kubelet.yaml
# Pods see what is mounted for them later.
if ! mountpoint -q kubelet; then
  mount --bind kubelet kubelet
  mount --make-rshared kubelet
fi
start kubelet kubelet --config=kubelet.yaml --kubeconfig=node.kubeconfig --container-runtime=remote \
  --container-runtime-endpoint=unix:///run/containerd/containerd.sock --root-dir="$k/kubelet" --node-ip="$address" \
  --hostname-override="$HOSTNAME" --pod-infra-container-image=localhost/pause:latest
start proxy kube-proxy --kubeconfig=admin.kubeconfig --proxy-mode=iptables --hostname-override="$HOSTNAME" --conntrack-max-per-core=0 \
  --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0

# ---- what Nubo's user may do, and a way in for visitors
admin=$(grep ',admin,' pki/tokens | cut -d, -f1)
api() { curl -sfk -H "Authorization: Bearer $admin" "$@"; }
api -X PATCH -H 'Content-Type: application/apply-patch+yaml' --data-binary @"$here/role.yaml" \
  "https://$address:6443/apis/rbac.authorization.k8s.io/v1/clusterroles/nubo?fieldManager=lab" >/dev/null
api -X PATCH -H 'Content-Type: application/apply-patch+yaml' --data-binary @"$here/binding.yaml" \
  "https://$address:6443/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/nubo?fieldManager=lab" >/dev/null
NUBO_LAB_API="https://$address:6443" NUBO_LAB_TOKEN=$admin NODE_EXTRA_CA_CERTS=$k/pki/apiserver.crt start ingress "$(command -v node)" "$here/ingress.cjs" 80
is_ready() { api "https://$address:6443/api/v1/nodes/$HOSTNAME" | grep -A3 -B3 '"type": "Ready"' | grep -q '"status": "True"'; }
until_ok 60 is_ready
echo ready
