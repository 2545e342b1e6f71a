#!/bin/sh
# Makes the test certificates anew: a CA of a hundred years, whose key is thrown away, and a server certificate signed by it for
# localhost, 127.0.0.1 and ::1. The clients of the tests trust ca.pem. The certificate of a client is signed by client_ca.pem.
set -eu
cd "$(dirname "$0")"
days=36500
ca_key=$(mktemp)
request=$(mktemp)
extensions=$(mktemp)
trap 'rm -f "$ca_key" "$request" "$extensions"' EXIT
openssl ecparam -name prime256v1 -genkey -noout -out "$ca_key"
openssl req -x509 -new -key "$ca_key" -sha256 -days $days -subj "/CN=Twister test CA" \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out server_key.pem
openssl req -new -key server_key.pem -subj "/CN=localhost" -out "$request"
cat >"$extensions" <<EOF
basicConstraints=CA:FALSE
keyUsage=digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1
EOF
openssl x509 -req -in "$request" -CA ca.pem -CAkey "$ca_key" -set_serial 0x54574953 -sha256 -days $days \
  -extfile "$extensions" -out server.pem
openssl ecparam -name prime256v1 -genkey -noout -out "$ca_key"
openssl req -x509 -new -key "$ca_key" -sha256 -days $days -subj "/CN=Twister test CA of clients" \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -out client_ca.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out client_key.pem
openssl req -new -key client_key.pem -subj "/CN=a client" -out "$request"
printf '%s\n' basicConstraints=CA:FALSE keyUsage=digitalSignature extendedKeyUsage=clientAuth >"$extensions"
openssl x509 -req -in "$request" -CA client_ca.pem -CAkey "$ca_key" -set_serial 0x54574954 -sha256 -days $days \
  -extfile "$extensions" -out client.pem
