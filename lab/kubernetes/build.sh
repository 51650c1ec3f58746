#!/bin/bash
# Builds what a one-node cluster consists of into a folder: Kubernetes from Debian's source package, etcd, containerd, runc and the CNI plugins
# as Debian has built them. Everything is downloaded and unpacked, nothing installed. ~5 minutes on two quiet cores.
# Usage: build.sh OUTPUT; the caller holds the lock of OUTPUT's folder. What a killed build has downloaded and compiled is used by the next.
set -euo pipefail
output=$1
key=$(basename "$output")
work=$(dirname "$output")/work

[ -e "$output" ] && exit 0 # another builder was faster
say() { echo "kubernetes: $*" >&2; }
# Of other sources.
if [ "$(cat "$work/key" 2>/dev/null)" != "$key" ]; then rm -rf "$work"; fi
mkdir -p "$work"/{lists/partial,debs/partial,source}
echo "$key" >"$work/key"

# ---- packages: apt with lists of its own, which know the sources too
for suite in 'debian bookworm bookworm-updates' 'debian-security bookworm-security'; do
  printf 'Types: deb deb-src\nURIs: http://deb.debian.org/%s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n' \
    "${suite%% *}" "${suite#* }"
done >"$work/debian.sources"
: >"$work/status" # with nothing installed
apt=(apt-get -qq -y -o Dir::Etc::sourcelist="$work/debian.sources" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists"
  -o Dir::State::status="$work/status" -o Dir::Cache::archives="$work/debs" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
  -o APT::Sandbox::User=root -o Debug::NoLocking=true)
say 'downloading (~140 MB) …'
"${apt[@]}" update >&2
(cd "$work/debs" && "${apt[@]}" download golang-1.19-go golang-1.19-src golang-github-modern-go-reflect2-dev etcd-server containerd runc \
  containernetworking-plugins >&2)
(cd "$work/source" && "${apt[@]}" source --download-only kubernetes >&2)
rm -rf "$work/root"
for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
root=$work/root

# ---- sources
if [ ! -e "$work/unpacked" ]; then
  say 'unpacking …'
  rm -rf "$work/kubernetes" && mkdir "$work/kubernetes"
  cd "$work/kubernetes"
  tar -xf "$work"/source/kubernetes_*.orig.tar.gz --strip-components=1
  tar -xf "$work"/source/kubernetes_*.debian.tar.xz
  while read -r name; do
    case $name in '' | '#'*) ;; *) patch -sp1 <"debian/patches/$name" ;; esac
  done <debian/patches/series
  # The reflect2 of these sources is too old for Go 1.19: the API server would die of a Node as JSON.
  rm -rf vendor/github.com/modern-go/reflect2
  cp -r "$root/usr/share/gocode/src/github.com/modern-go/reflect2" vendor/github.com/modern-go/
  touch "$work/unpacked"
fi

# ---- build: what is compiled already is in Go's cache; half-made tools would be taken for whole ones
cd "$work/kubernetes"
rm -rf _output
export GOROOT=$root/usr/lib/go-1.19 GOCACHE=$work/go-build GOTMPDIR=$work/tmp GOPATH=$work/gopath
mkdir -p "$GOTMPDIR" "$work/bin"
# All that the build uses of rsync is to copy a file.
printf '#!/bin/sh\nexec cp -p "$2" "$3"\n' >"$work/bin/rsync"
chmod 755 "$work/bin/rsync"
export PATH=$work/bin:$GOROOT/bin:$PATH CGO_ENABLED=0 GOFLAGS=-mod=vendor GO111MODULE=auto GOTOOLCHAIN=local KUBE_GIT_VERSION=v1.20.2 KUBE_GIT_COMMIT=debian \
  KUBE_GIT_TREE_STATE=archive
unset MAKEFLAGS MFLAGS
say 'compiling: five programs …'
make WHAT='cmd/kube-apiserver cmd/kube-controller-manager cmd/kube-scheduler cmd/kubelet cmd/kube-proxy' >&2

# ---- what is kept
rm -rf "$work/done" && mkdir -p "$work"/done/{bin,cni}
cp _output/local/bin/linux/*/kube{-apiserver,-controller-manager,-scheduler,let,-proxy} "$work/done/bin/"
cp "$root"/usr/bin/{etcd,containerd,containerd-shim-runc-v2,ctr} "$root/usr/sbin/runc" "$work/done/bin/"
cp "$root"/usr/lib/cni/{bridge,host-local,loopback} "$work/done/cni/"
mv "$work/done" "$output"
rm -rf "$work"
say "built $output"
