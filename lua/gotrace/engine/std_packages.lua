-- std_packages.lua: the packages of Go's standard library, from Go 1.5 to 1.27: by path the
-- first and the last version that has them, "" or "21" or "5 14". What stands without is of
-- all from 1.5 on, or nobody knows since when. tests/support/std_packages prints this file.
local list = [[
archive/tar
archive/zip
arena 21
bufio
builtin
bytes
cmp 21
compress/bzip2
compress/flate
compress/gzip
compress/lzw
compress/zlib
container/heap
container/list
container/ring
context 7
crypto
crypto/aes
crypto/boring 19
crypto/cipher
crypto/des
crypto/dsa
crypto/ecdh 20
crypto/ecdsa
crypto/ed25519 13
crypto/ed25519/internal/edwards25519 5 15
crypto/elliptic
crypto/fips140 24
crypto/hkdf 24
crypto/hmac
crypto/hpke 26
crypto/internal/alias 21 23
crypto/internal/bigmod 21 23
crypto/internal/boring 19
crypto/internal/boring/bbig 19
crypto/internal/boring/bcache 19
crypto/internal/boring/fipstls 19 23
crypto/internal/boring/sig 19
crypto/internal/boring/syso 19
crypto/internal/cipherhw 5 14
crypto/internal/constanttime 26
crypto/internal/cryptotest 23
crypto/internal/cryptotest/wycheproof 27
crypto/internal/cryptotest/x509limbo 27
crypto/internal/edwards25519 19 23
crypto/internal/edwards25519/field 19 23
crypto/internal/entropy 24
crypto/internal/entropy/v1.0.0 26
crypto/internal/fips140 24
crypto/internal/fips140/aes 24
crypto/internal/fips140/aes/gcm 24
crypto/internal/fips140/alias 24
crypto/internal/fips140/bigmod 24
crypto/internal/fips140/check 24
crypto/internal/fips140/check/checktest 24
crypto/internal/fips140/drbg 24
crypto/internal/fips140/ecdh 24
crypto/internal/fips140/ecdsa 24
crypto/internal/fips140/ed25519 24
crypto/internal/fips140/edwards25519 24
crypto/internal/fips140/edwards25519/field 24
crypto/internal/fips140/hkdf 24
crypto/internal/fips140/hmac 24
crypto/internal/fips140/mldsa 26
crypto/internal/fips140/mlkem 24
crypto/internal/fips140/nistec 24
crypto/internal/fips140/nistec/fiat 24
crypto/internal/fips140/pbkdf2 24
crypto/internal/fips140/rsa 24
crypto/internal/fips140/sha256 24
crypto/internal/fips140/sha3 24
crypto/internal/fips140/sha512 24
crypto/internal/fips140/ssh 24
crypto/internal/fips140/subtle 24
crypto/internal/fips140/tls12 24
crypto/internal/fips140/tls13 24
crypto/internal/fips140cache 25
crypto/internal/fips140deps 24
crypto/internal/fips140deps/byteorder 24
crypto/internal/fips140deps/cpu 24
crypto/internal/fips140deps/godebug 24
crypto/internal/fips140deps/time 26
crypto/internal/fips140hash 24
crypto/internal/fips140only 24
crypto/internal/hpke 23 25
crypto/internal/impl 24
crypto/internal/mlkem768 23 23
crypto/internal/nistec 19 23
crypto/internal/nistec/fiat 19 23
crypto/internal/rand 26
crypto/internal/randutil
crypto/internal/subtle 5 19
crypto/internal/sysrand 24
crypto/internal/sysrand/internal/seccomp 24
crypto/md5
crypto/mldsa 27
crypto/mlkem 24
crypto/mlkem/mlkemtest 26
crypto/pbkdf2 24
crypto/rand
crypto/rc4
crypto/rsa
crypto/sha1
crypto/sha256
crypto/sha3 24
crypto/sha512
crypto/subtle
crypto/tls
crypto/tls/fipsonly 19
crypto/tls/internal/fips140tls 24
crypto/x509
crypto/x509/internal/macos
crypto/x509/pkix
database/sql
database/sql/driver
database/sql/internal 27
debug/buildinfo 18
debug/dwarf
debug/elf
debug/gosym
debug/macho
debug/pe
debug/plan9obj
embed 16
encoding
encoding/ascii85
encoding/asn1
encoding/base32
encoding/base64
encoding/binary
encoding/csv
encoding/gob
encoding/hex
encoding/json
encoding/json/internal 25
encoding/json/internal/jsonflags 25
encoding/json/internal/jsonopts 25
encoding/json/internal/jsontest 25
encoding/json/internal/jsonwire 25
encoding/json/jsontext 27
encoding/json/v2 27
encoding/pem
encoding/xml
errors
expvar
flag
fmt
go/ast
go/build
go/build/constraint 16
go/constant
go/doc
go/doc/comment 19
go/format
go/importer
go/internal/gccgoimporter
go/internal/gcimporter
go/internal/scannerhooks 26 26
go/internal/srcimporter
go/internal/typeparams 19 23
go/parser
go/printer
go/scanner
go/token
go/types
go/version 22
hash
hash/adler32
hash/crc32
hash/crc64
hash/fnv
hash/maphash 14
html
html/template
image
image/color
image/color/palette
image/draw
image/gif
image/internal/imageutil
image/jpeg
image/png
index/suffixarray
internal/abi 19
internal/asan 23
internal/bisect 21
internal/buildcfg 19
internal/bytealg
internal/byteorder 23
internal/cfg
internal/cgrouptest 25
internal/chacha8rand 22
internal/concurrent 23 23
internal/coverage 21
internal/coverage/calloc 21
internal/coverage/cfile 23
internal/coverage/cformat 21
internal/coverage/cmerge 21
internal/coverage/decodecounter 21
internal/coverage/decodemeta 21
internal/coverage/encodecounter 21
internal/coverage/encodemeta 21
internal/coverage/pods 21
internal/coverage/rtcov 21
internal/coverage/slicereader 21
internal/coverage/slicewriter 21
internal/coverage/stringtab 21
internal/coverage/uleb128 21
internal/cpu
internal/dag 21
internal/diff 19
internal/execabs 5 15
internal/exportdata 24
internal/filepathlite 23
internal/fmtsort
internal/fuzz 19
internal/gate 27
internal/goarch 19
internal/godebug 19
internal/godebugs 21
internal/goexperiment 19
internal/golang.org/x/net/http2/hpack 5 14
internal/goos 19
internal/goroot
internal/gover 22
internal/goversion
internal/intern 19 22
internal/itoa 19 25
internal/lazyregexp
internal/lazytemplate
internal/msan 23
internal/nettest 27
internal/nettrace
internal/obscuretestdata
internal/oserror
internal/pkgbits 19
internal/platform 21
internal/poll
internal/pprof/profile 5 14
internal/profile
internal/profilerecord 23
internal/race
internal/reflectlite
internal/routebsd 25
internal/runtime/atomic 23
internal/runtime/cgobench 26
internal/runtime/cgroup 25
internal/runtime/exithook 23
internal/runtime/gc 25
internal/runtime/gc/internal/gen 26
internal/runtime/gc/scan 26
internal/runtime/maps 24
internal/runtime/math 24
internal/runtime/pprof/label 26
internal/runtime/startlinetest 25
internal/runtime/strconv 25 25
internal/runtime/sys 24
internal/runtime/syscall 23 25
internal/runtime/syscall/linux 26
internal/runtime/syscall/windows 26
internal/safefilepath 19 22
internal/saferio 21
internal/singleflight
internal/strconv 26
internal/stringslite 23
internal/sync 24
internal/synctest 24
internal/syscall/execenv
internal/syscall/unix
internal/syscall/windows
internal/syscall/windows/registry
internal/syscall/windows/sysdll
internal/sysinfo 19
internal/syslist 24
internal/testenv
internal/testhash 25
internal/testlog
internal/testpty 21
internal/trace
internal/trace/event 23 24
internal/trace/event/go122 23 24
internal/trace/internal/oldtrace 23 24
internal/trace/internal/testgen 25
internal/trace/internal/testgen/go122 23 24
internal/trace/internal/tracev1 25
internal/trace/raw 23
internal/trace/testtrace 23
internal/trace/tracev2 25
internal/trace/traceviewer 22
internal/trace/traceviewer/format 22
internal/trace/v2 22 22
internal/trace/v2/event 22 22
internal/trace/v2/event/go122 22 22
internal/trace/v2/internal/testgen/go122 22 22
internal/trace/v2/raw 22 22
internal/trace/v2/testtrace 22 22
internal/trace/v2/version 22 22
internal/trace/version 23
internal/txtar 19
internal/types/errors 21
internal/unsafeheader
internal/weak 23 23
internal/x/crypto/chacha20poly1305 5 14
internal/x/crypto/cryptobyte 5 14
internal/x/crypto/cryptobyte/asn1 5 14
internal/x/crypto/curve25519 5 14
internal/x/crypto/hkdf 5 14
internal/x/crypto/internal/chacha20 5 14
internal/x/crypto/poly1305 5 14
internal/x/net/dns/dnsmessage 5 14
internal/x/net/http/httpguts 5 14
internal/x/net/http/httpproxy 5 14
internal/x/net/http2/hpack 5 14
internal/x/net/idna 5 14
internal/x/net/nettest 5 14
internal/x/text/secure 5 14
internal/x/text/secure/bidirule 5 14
internal/x/text/transform 5 14
internal/x/text/unicode 5 14
internal/x/text/unicode/bidi 5 14
internal/x/text/unicode/norm 5 14
internal/xcoff
internal/zstd 21
io
io/fs 16
io/ioutil
iter 23
log
log/internal 21
log/slog 21
log/slog/internal 21
log/slog/internal/benchmarks 21
log/slog/internal/buffer 21
log/slog/internal/slogtest 21 24
log/syslog
maps 21
math
math/big
math/big/internal/asmgen 25
math/bits 9
math/cmplx
math/rand
math/rand/v2 22
mime
mime/multipart
mime/quotedprintable
net
net/http
net/http/cgi
net/http/cookiejar
net/http/fcgi
net/http/httptest
net/http/httptrace 7
net/http/httputil
net/http/internal
net/http/internal/ascii 19
net/http/internal/http2 27
net/http/internal/httpcommon 25
net/http/internal/httpsfv 27
net/http/internal/testcert 19
net/http/pprof
net/internal/cgotest 23
net/internal/socktest
net/mail
net/netip 18
net/rpc
net/rpc/jsonrpc
net/smtp
net/textproto
net/url
os
os/exec
os/exec/internal/fdtest 19
os/signal
os/signal/internal/pty 5 19
os/user
path
path/filepath
plugin 8
reflect
reflect/internal/example1 19
reflect/internal/example2 19
regexp
regexp/syntax
runtime
runtime/asan 19
runtime/cgo 17
runtime/coverage 20
runtime/debug
runtime/internal/atomic 5 22
runtime/internal/math 5 23
runtime/internal/startlinetest 21 24
runtime/internal/sys 5 23
runtime/internal/syscall 19 22
runtime/metrics 16
runtime/msan
runtime/pprof
runtime/race
runtime/race/internal/amd64v1 21
runtime/race/internal/amd64v3 21
runtime/secret 26
runtime/trace
simd 27
simd/archsimd 26
simd/archsimd/internal/simd_test 26
simd/archsimd/internal/test_helpers 26
simd/internal/bridge 27
slices 21
sort
strconv
strings
structs 23
sync
sync/atomic
syscall
syscall/js
testing
testing/cryptotest 26
testing/fstest 16
testing/internal/testdeps
testing/iotest
testing/quick
testing/slogtest 21
testing/synctest 25
text/scanner
text/tabwriter
text/template
text/template/parse
time
time/tzdata
unicode
unicode/utf16
unicode/utf8
unique 23
unsafe
uuid 27
vendor/golang.org/x/crypto/chacha20
vendor/golang.org/x/crypto/chacha20poly1305
vendor/golang.org/x/crypto/cryptobyte
vendor/golang.org/x/crypto/cryptobyte/asn1
vendor/golang.org/x/crypto/curve25519 5 19
vendor/golang.org/x/crypto/curve25519/internal/field 19 19
vendor/golang.org/x/crypto/hkdf
vendor/golang.org/x/crypto/internal/alias 21
vendor/golang.org/x/crypto/internal/poly1305 19
vendor/golang.org/x/crypto/internal/subtle 5 19
vendor/golang.org/x/crypto/poly1305 5 15
vendor/golang.org/x/crypto/sha3 23 23
vendor/golang.org/x/net/dns/dnsmessage
vendor/golang.org/x/net/http/httpguts
vendor/golang.org/x/net/http/httpproxy
vendor/golang.org/x/net/http2/hpack
vendor/golang.org/x/net/http3 27
vendor/golang.org/x/net/idna
vendor/golang.org/x/net/internal/http3 27
vendor/golang.org/x/net/internal/httpcommon 27
vendor/golang.org/x/net/internal/quic/quicwire 27
vendor/golang.org/x/net/lif
vendor/golang.org/x/net/nettest
vendor/golang.org/x/net/quic 27
vendor/golang.org/x/net/route 5 24
vendor/golang.org/x/sys/cpu
vendor/golang.org/x/text/secure/bidirule
vendor/golang.org/x/text/transform
vendor/golang.org/x/text/unicode/bidi
vendor/golang.org/x/text/unicode/norm
vendor/golang_org/x/crypto/chacha20poly1305 5 14
vendor/golang_org/x/crypto/chacha20poly1305/internal/chacha20 5 14
vendor/golang_org/x/crypto/cryptobyte 5 14
vendor/golang_org/x/crypto/cryptobyte/asn1 5 14
vendor/golang_org/x/crypto/curve25519 5 14
vendor/golang_org/x/crypto/internal/chacha20 5 14
vendor/golang_org/x/crypto/poly1305 5 14
vendor/golang_org/x/net/dns/dnsmessage 5 14
vendor/golang_org/x/net/http/httpguts 5 14
vendor/golang_org/x/net/http/httpproxy 5 14
vendor/golang_org/x/net/http2/hpack 5 14
vendor/golang_org/x/net/idna 5 14
vendor/golang_org/x/net/internal/nettest 5 14
vendor/golang_org/x/net/lex/httplex 5 14
vendor/golang_org/x/net/nettest 5 14
vendor/golang_org/x/net/proxy 5 14
vendor/golang_org/x/net/route 5 14
vendor/golang_org/x/text/secure 5 14
vendor/golang_org/x/text/secure/bidirule 5 14
vendor/golang_org/x/text/transform 5 14
vendor/golang_org/x/text/unicode 5 14
vendor/golang_org/x/text/unicode/bidi 5 14
vendor/golang_org/x/text/unicode/norm 5 14
weak 24
]]

local versions = {}
for path, text in list:gmatch "(%S+) ?([%d ]*)\n" do
  versions[path] = text
end

return versions
