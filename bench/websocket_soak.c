/* Clients that come, go, stall and vanish, for a WebSocket server on this machine: one thread, one epoll, no dependencies.
 *
 *   websocket_soak churn  PORT CONNECTIONS SECONDS SEED                connections of random lives talk to /echo and /deflate
 *   websocket_soak read   PORT CONNECTIONS STOPPING SECONDS            those on /broadcast and /broadcast/stopping read for so long, then
 *                                                                      those on /broadcast alone, as long again
 *   websocket_soak answer PORT PATH CONNECTIONS ADDRESS                answers pings; ADDRESS is its own
 *
 * churn ends lives by a Close frame, by an end without one, by a reset, and in the middle of a frame; some end in the handshake. An echo
 * of an uncompressed message is compared with it, of a compressed one counted. read expects text that begins with a number that grows by
 * one and the microseconds since 1970 at which it was published. All print a line of JSON at the end; read prints "reading" and "stopped"
 * when the two times begin, answer prints "open"; both stay until their input ends. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { FIN = 0x80, COMPRESSED = 0x40, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };
enum { READ_SIZE = 1 << 18, LARGEST = 65000, HEAD_SIZE = 14, START_SIZE = 64, PER_ADDRESS = 20000 };
/* Seconds after which a peer that has not answered is a failure: the machine may have other work to do. */
enum { PATIENCE = 30, SETTLE = 3 };
/* Readers that will stop have little room of their own, or it takes longer until something waits in the server. */
enum { SMALL_BUFFER = 65536 };

enum state { AWAY, CONNECTING, SHAKING, TALKING, WAITING, CLOSING };
enum ending { BY_CLOSE, BY_END, BY_RESET, IN_FRAME, ENDINGS };

/* Where a connection is in the frame that it receives. */
struct parser {
  int head_length, started;
  unsigned char head[10];
  char start[START_SIZE];
  uint64_t left, at;
};

struct peer {
  int fd, messages, deflate, opcode, size, head_length, head_matched;
  enum state state;
  enum ending ending;
  unsigned pattern;
  double next;
  struct parser parser;
  int64_t number;
};

static const char HEAD_END[] = "\r\n\r\n";
static char input[READ_SIZE];
/* Room for a message in two frames with a ping between. */
static unsigned char output[LARGEST + 256];
static int epoll, port;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now_on(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static double seconds_now(void) { return now_on(CLOCK_MONOTONIC); }

static int below(int limit) { return random() % limit; }

static void send_bytes(int fd, const void *bytes, size_t length) {
  for (const char *at = bytes; length;) {
    ssize_t sent = send(fd, at, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    /* Who has gone away is noticed when its end is read. */
    if (sent < 0 && errno != EAGAIN) return;
    if (sent < 0) { usleep(20); continue; }
    at += sent;
    length -= sent;
  }
}

/* Writes a masked frame to `to`; returns its length. */
static int write_frame(unsigned char *to, int first, const unsigned char *payload, int length) {
  unsigned char *at = to, mask[4];
  *at++ = first;
  if (length < 126) *at++ = 0x80 | length;
  else { *at++ = 0x80 | 126; *at++ = length >> 8; *at++ = length; }
  for (int i = 0; i < 4; i++) *at++ = mask[i] = random();
  for (int i = 0; i < length; i++) *at++ = payload[i] ^ mask[i & 3];
  return at - to;
}

static unsigned char letter(unsigned pattern, uint64_t at) { return 'a' + (pattern + at) % 26; }

static int request(char *to, size_t size, const char *path, int deflate) {
  return snprintf(to, size,
                  "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s\r\n",
                  path, port, deflate ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" : "");
}

static int open_socket(uint32_t address, int flags) {
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
  int fd = socket(AF_INET, SOCK_STREAM | flags, 0), on = 1;
  if (fd < 0) fail("socket");
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (bind(fd, (void *)&from, sizeof from)) fail("bind");
  return fd;
}

static int connect_socket(int fd) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
  return connect(fd, (void *)&to, sizeof to);
}

static void watch(struct peer *peer, int events) {
  struct epoll_event event = {.events = events, .data.ptr = peer};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, peer->fd, &event)) fail("epoll");
}

/* Opens a connection and its WebSocket, and waits for both. */
static void open_peer(struct peer *peer, const char *path, uint32_t address, int small) {
  int got = 0, buffer = SMALL_BUFFER;
  peer->fd = open_socket(address, 0);
  if (small) setsockopt(peer->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  if (connect_socket(peer->fd)) fail("connect");
  send_bytes(peer->fd, input, request(input, sizeof input, path, 0));
  /* Octet by octet, because frames may come right behind. */
  do {
    if (read(peer->fd, input + got, 1) <= 0) fail("handshake");
    input[++got] = 0;
  } while (got < 4 || memcmp(input + got - 4, HEAD_END, 4));
  if (strncmp(input, "HTTP/1.1 101", 12)) { fprintf(stderr, "refused: %s", input); exit(1); }
  watch(peer, EPOLLIN);
}

/* What to do with a frame when it has come, and with each piece of payload before that. */
typedef void (*frame_handler)(struct peer *, int opcode);
typedef void (*piece_handler)(struct peer *, const char *, int length);

static void parse(struct peer *peer, const char *bytes, int length, piece_handler piece, frame_handler whole) {
  struct parser *parser = &peer->parser;
  for (int i = 0; i < length && peer->fd >= 0;) {
    if (!parser->started) {
      parser->head[parser->head_length++] = bytes[i++];
      int small = parser->head_length < 2 ? 127 : parser->head[1] & 127;
      if (parser->head_length < 2 || parser->head_length < (small == 127 ? 10 : small == 126 ? 4 : 2)) continue;
      parser->left = small;
      if (parser->head_length > 2) {
        parser->left = 0;
        for (int j = 2; j < parser->head_length; j++) parser->left = parser->left << 8 | parser->head[j];
      }
      parser->started = 1;
      parser->at = 0;
    }
    int step = length - i < (int64_t)parser->left ? length - i : (int)parser->left;
    if (step && parser->at < START_SIZE - 1) {
      int room = START_SIZE - 1 - parser->at;
      memcpy(parser->start + parser->at, bytes + i, step < room ? step : room);
    }
    if (step && piece) piece(peer, bytes + i, step);
    i += step;
    parser->at += step;
    if ((parser->left -= step)) continue;
    parser->start[parser->at < START_SIZE ? parser->at : START_SIZE - 1] = 0;
    parser->started = parser->head_length = 0;
    whole(peer, parser->head[0]);
  }
}

/* ---- churn ---- */

static long opened, echoed, failures, in_handshake, ended[ENDINGS];
/* Seconds between messages, on average. */
static const double THINK = 0.5;

static void complain(struct peer *peer, const char *what) {
  static const char *const STATES[] = {"away", "connecting", "in the handshake", "talking", "waiting", "closing"};
  if (failures++ < 20) fprintf(stderr, "%s connection %s: %s\n", peer->deflate ? "/deflate" : "/echo", STATES[peer->state], what);
}

static double later(double mean) { return seconds_now() + mean * 2 * below(1000) / 1000; }

static void leave(struct peer *peer, int reset) {
  struct linger linger = {.l_onoff = 1};
  if (reset) setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(peer->fd);
  peer->fd = -1;
  peer->state = AWAY;
  peer->next = later(0.1);
}

static void come(struct peer *peer) {
  memset(peer, 0, sizeof *peer);
  peer->deflate = !below(3);
  peer->ending = below(ENDINGS);
  /* Few talk long, many shortly, and those without a message leave in the handshake. */
  peer->messages = below(20) ? 1 + below(below(20) ? 20 : 400) : 0;
  peer->fd = open_socket(INADDR_LOOPBACK, SOCK_NONBLOCK);
  peer->state = CONNECTING;
  peer->next = seconds_now() + PATIENCE;
  if (connect_socket(peer->fd) && errno != EINPROGRESS) fail("connect");
  watch(peer, EPOLLIN | EPOLLOUT | EPOLLET);
}

static void shake(struct peer *peer) {
  char head[512];
  int length = request(head, sizeof head, peer->deflate ? "/deflate" : "/echo", peer->deflate);
  peer->state = SHAKING;
  send_bytes(peer->fd, head, peer->messages ? length : below(length));
  if (!peer->messages) peer->next = later(THINK);
}

/* A compressed message without a compressor: one block that is stored, and the empty one that the sender cuts (RFC 7692, section 7.2.1). */
static int stored(unsigned char *to, const unsigned char *text, int length) {
  const unsigned char head[] = {0, length, length >> 8, ~length, ~length >> 8};
  memcpy(to, head, sizeof head);
  memcpy(to + sizeof head, text, length);
  to[sizeof head + length] = 0;
  return sizeof head + length + 1;
}

static void talk(struct peer *peer) {
  static unsigned char text[LARGEST], block[LARGEST + HEAD_SIZE];
  int length = 0, cut;
  peer->opcode = below(2) ? TEXT : BINARY;
  peer->pattern = random();
  peer->size = below(50) ? below(2000) : below(LARGEST);
  for (int i = 0; i < peer->size; i++) text[i] = letter(peer->pattern, i);
  if (peer->deflate && below(2)) {
    int size = stored(block, text, peer->size);
    length = write_frame(output, FIN | COMPRESSED | peer->opcode, block, size);
  } else if (!below(8)) {
    cut = below(peer->size + 1);
    length = write_frame(output, peer->opcode, text, cut);
    length += write_frame(output + length, FIN | PING, text, cut % 125);
    length += write_frame(output + length, FIN, text + cut, peer->size - cut);
  } else length = write_frame(output, FIN | peer->opcode, text, peer->size);
  send_bytes(peer->fd, output, length);
  peer->state = WAITING;
  peer->next = seconds_now() + PATIENCE;
}

static void part(struct peer *peer) {
  static const unsigned char CODE[] = {1000 >> 8, 1000 & 255};
  ended[peer->ending]++;
  if (peer->ending == BY_CLOSE) {
    send_bytes(peer->fd, output, write_frame(output, FIN | CLOSE, CODE, 2));
    peer->state = CLOSING;
    peer->next = seconds_now() + PATIENCE;
    return;
  }
  if (peer->ending == IN_FRAME) send_bytes(peer->fd, output, 1 + below(write_frame(output, FIN | BINARY, output + LARGEST / 2, 1000) - 1));
  leave(peer, peer->ending == BY_RESET || (peer->ending == IN_FRAME && below(2)));
}

static void look_at_echo(struct peer *peer, const char *bytes, int length) {
  struct parser *parser = &peer->parser;
  if (peer->deflate || (parser->head[0] & 15) > BINARY) return;
  for (int i = 0; i < length; i++) {
    if ((unsigned char)bytes[i] == letter(peer->pattern, parser->at + i)) continue;
    complain(peer, "an echo differs from what was sent");
    return leave(peer, 1);
  }
}

static void echo_came(struct peer *peer, int first) {
  int opcode = first & 15;
  if (opcode == PONG) return;
  if (opcode == CLOSE && peer->state == CLOSING) return;
  if (peer->state != WAITING || opcode != peer->opcode || (!peer->deflate && (int)peer->parser.at != peer->size)) {
    complain(peer, "an unexpected frame");
    return leave(peer, 1);
  }
  echoed++;
  peer->state = TALKING;
  peer->next = later(THINK);
  peer->messages--;
}

/* Takes the answer to the handshake; returns how much of the input it was. */
static int take_answer(struct peer *peer, const char *bytes, int length) {
  int i = 0;
  while (i < length && peer->head_matched < 4) {
    char c = bytes[i++];
    peer->head_matched = c == HEAD_END[peer->head_matched] ? peer->head_matched + 1 : c == '\r';
  }
  if (!peer->head_length && (length < 12 || strncmp(bytes, "HTTP/1.1 101", 12))) complain(peer, "refused");
  peer->head_length += i;
  if (peer->head_matched < 4) return length;
  opened++;
  peer->state = TALKING;
  peer->next = later(THINK);
  return i;
}

static void churn_event(struct peer *peer) {
  if (peer->fd < 0) return;
  if (peer->state == CONNECTING) shake(peer);
  for (;;) {
    ssize_t length = recv(peer->fd, input, sizeof input, MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0) {
      if (peer->state != CLOSING && peer->messages) complain(peer, "closed by the server");
      return leave(peer, 0);
    }
    int taken = peer->state == SHAKING ? take_answer(peer, input, length) : 0;
    parse(peer, input + taken, length - taken, look_at_echo, echo_came);
    if (peer->fd < 0) return;
  }
}

static void churn_due(struct peer *peer) {
  if (peer->state == AWAY) return come(peer);
  if (peer->state == SHAKING && !peer->messages) { in_handshake++; return leave(peer, below(2)); }
  if (peer->state == TALKING) return peer->messages ? talk(peer) : part(peer);
  complain(peer, "no answer for too long");
  leave(peer, 1);
}

static int churn(struct peer *peers, int connections, double duration) {
  double start = seconds_now(), end = start + duration, now;
  /* They come over the first seconds, not all at once. */
  for (int i = 0; i < connections; i++) peers[i] = (struct peer){.fd = -1, .next = start + 5.0 * i / connections};
  while ((now = seconds_now()) < end) {
    struct epoll_event ready[256];
    int count = epoll_wait(epoll, ready, 256, 10);
    for (int i = 0; i < count; i++) churn_event(ready[i].data.ptr);
    for (int i = 0; i < connections; i++) if (peers[i].next <= now) churn_due(&peers[i]);
  }
  printf("{\"opened\":%ld,\"echoed\":%ld,\"inHandshake\":%ld,\"byClose\":%ld,\"byEnd\":%ld,\"byReset\":%ld,\"inFrame\":%ld,"
         "\"failures\":%ld}\n", opened, echoed, in_handshake, ended[BY_CLOSE], ended[BY_END], ended[BY_RESET], ended[IN_FRAME], failures);
  return 0;
}

/* ---- read ---- */

/* Delays by tenths of a millisecond, for the time before and the time after some have stopped. */
enum { DELAYS = 600000, PHASES = 2 };
static uint32_t delays[PHASES][DELAYS];
static long received[PHASES], lost;
static int phase = -1;

static void message_came(struct peer *peer, int first) {
  if ((first & 15) != TEXT) return;
  char *rest;
  int64_t number = strtoll(peer->parser.start, &rest, 10);
  double delay = now_on(CLOCK_REALTIME) - strtoll(rest, NULL, 10) / 1e6;
  if (peer->number && number != peer->number + 1) lost += number - peer->number - 1;
  peer->number = number;
  if (phase < 0) return;
  int bucket = delay < 0 ? 0 : delay * 1e4 < DELAYS ? (int)(delay * 1e4) : DELAYS - 1;
  delays[phase][bucket]++;
  received[phase]++;
}

/* The delay in milliseconds that a share of the messages stays below. */
static double quantile(int which, double share) {
  long seen = 0;
  for (int i = 0; i < DELAYS; i++) if ((seen += delays[which][i]) > 0 && seen >= share * received[which]) return (i + 1) / 10.0;
  return 0;
}

static void print_phase(int which) {
  printf("{\"received\":%ld,\"median\":%.1f,\"p99\":%.1f,\"longest\":%.1f}", received[which], quantile(which, 0.5),
         quantile(which, 0.99), quantile(which, 1));
}

static void read_for(double duration, long *gone) {
  double end = seconds_now() + duration;
  while (seconds_now() < end) {
    struct epoll_event ready[1024];
    int count = epoll_wait(epoll, ready, 1024, 100);
    for (int i = 0; i < count; i++) {
      struct peer *peer = ready[i].data.ptr;
      ssize_t length = recv(peer->fd, input, sizeof input, MSG_DONTWAIT);
      if (length < 0 && errno == EAGAIN) continue;
      if (length > 0) { parse(peer, input, length, NULL, message_came); continue; }
      close(peer->fd);
      peer->fd = -1;
      ++*gone;
    }
  }
}

static int read_all(struct peer *peers, int connections, int stopping, double duration) {
  long gone = 0;
  for (int i = 0; i < connections; i++) {
    open_peer(&peers[i], i < stopping ? "/broadcast/stopping" : "/broadcast", INADDR_LOOPBACK + i / PER_ADDRESS, i < stopping);
  }
  read_for(SETTLE, &gone);
  for (phase = 0; phase < PHASES; phase++) {
    if (phase > 0) for (int i = 0; i < stopping; i++) epoll_ctl(epoll, EPOLL_CTL_DEL, peers[i].fd, NULL);
    puts(phase == 0 ? "reading" : "stopped");
    fflush(stdout);
    read_for(duration, &gone);
  }
  printf("{\"before\":");
  print_phase(0);
  printf(",\"after\":");
  print_phase(1);
  printf(",\"lost\":%ld,\"closed\":%ld}\n", lost, gone);
  fflush(stdout);
  /* The connections are still to be counted. */
  while (read(0, input, 1) > 0) continue;
  return 0;
}

/* ---- answer ---- */

static void ping_came(struct peer *peer, int first) {
  if ((first & 15) != PING) return;
  int length = peer->parser.at < START_SIZE ? peer->parser.at : START_SIZE - 1;
  send_bytes(peer->fd, output, write_frame(output, FIN | PONG, (unsigned char *)peer->parser.start, length));
}

static int answer(struct peer *peers, const char *path, int connections, uint32_t address) {
  struct peer end = {.fd = 0};
  int open = connections;
  for (int i = 0; i < connections; i++) open_peer(&peers[i], path, address, 0);
  watch(&end, EPOLLIN);
  puts("open");
  fflush(stdout);
  for (;;) {
    struct epoll_event ready[256];
    int count = epoll_wait(epoll, ready, 256, -1);
    for (int i = 0; i < count; i++) {
      struct peer *peer = ready[i].data.ptr;
      ssize_t length = read(peer->fd, input, sizeof input);
      if (length > 0) { parse(peer, input, length, NULL, ping_came); continue; }
      if (peer == &end) { printf("{\"open\":%d}\n", open); return 0; }
      close(peer->fd);
      open--;
    }
  }
}

int main(int argc, char **argv) {
  const char *mode = argc > 5 ? argv[1] : "";
  epoll = epoll_create1(0);
  port = argc > 2 ? atoi(argv[2]) : 0;
  if (!strcmp(mode, "churn")) {
    int connections = atoi(argv[3]);
    srandom(atoi(argv[5]));
    return churn(calloc(connections, sizeof(struct peer)), connections, atof(argv[4]));
  }
  if (!strcmp(mode, "read")) {
    int connections = atoi(argv[3]);
    return read_all(calloc(connections, sizeof(struct peer)), connections, atoi(argv[4]), atof(argv[5]));
  }
  if (!strcmp(mode, "answer")) {
    int connections = atoi(argv[4]);
    return answer(calloc(connections, sizeof(struct peer)), argv[3], connections, ntohl(inet_addr(argv[5])));
  }
  fprintf(stderr, "usage: see the head of websocket_soak.c\n");
  return 2;
}
