/* A WebSocket load generator for servers on this machine: one thread, one epoll, no dependencies.
 *
 *   websocket_load echo   PORT PATH CONNECTIONS FRAME OFFER DEPTH SECONDS [PID]   DEPTH frames in flight on each connection; prints
 *                                                                           also the microseconds that process PID works for a message
 *   websocket_load fanout PORT PATH CONNECTIONS FRAME OFFER ROUNDS          one sends, all receive
 *   websocket_load hold   PORT PATH CONNECTIONS FRAME OFFER                 opens them, prints a line, waits for its input to end
 *   websocket_load listen PORT PATH CONNECTIONS FRAME OFFER                 opens them, prints a line, and one for each message that
 *                                                                           all have: its number, and the seconds since 1970; a line of
 *                                                                           its input lets each send FRAME every so many seconds
 *
 * FRAME is a file with a masked frame as it goes over the wire, OFFER a Sec-WebSocket-Extensions value, perhaps "". What comes back is
 * counted by frames, not looked at. Prints one number: messages a second (echo, fanout). */
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

enum { READ_SIZE = 1 << 18, PER_ADDRESS = 20000, WARM_UP = 1, PATIENCE = 30 };

/* Where a connection is in the frame that it is receiving. */
struct peer {
  int fd, head_length, heard;
  unsigned char head[10];
  uint64_t left;
};

static char input[READ_SIZE];
static unsigned char *frame;
static size_t frame_length;
/* Pings that were read and not answered. */
static int pings;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void read_frame_file(const char *name) {
  FILE *file = fopen(name, "rb");
  if (!file) fail(name);
  fseek(file, 0, SEEK_END);
  frame_length = ftell(file);
  rewind(file);
  frame = malloc(frame_length);
  if (fread(frame, 1, frame_length, file) != frame_length) fail(name);
  fclose(file);
}

static void send_bytes(int fd, const void *bytes, size_t length) {
  for (const char *at = bytes; length;) {
    ssize_t sent = send(fd, at, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) fail("send");
    if (sent < 0) { usleep(20); continue; }
    at += sent;
    length -= sent;
  }
}

static int connect_peer(int port, const char *path, const char *offer, int number) {
  /* One source address has too few ports for a test with many connections. */
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + number / PER_ADDRESS)};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, got = 0;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (fd < 0 || bind(fd, (void *)&from, sizeof from) || connect(fd, (void *)&to, sizeof to)) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  int length = snprintf(input, sizeof input,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s%s%s\r\n",
                        path, port, *offer ? "Sec-WebSocket-Extensions: " : "", offer, *offer ? "\r\n" : "");
  send_bytes(fd, input, length);
  do {
    int count = read(fd, input + got, sizeof input - 1 - got);
    if (count <= 0) fail("handshake");
    input[got += count] = 0;
  } while (!strstr(input, "\r\n\r\n"));
  if (strncmp(input, "HTTP/1.1 101", 12) || (*offer && !strcasestr(input, "permessage-deflate"))) {
    fprintf(stderr, "refused: %s", input);
    exit(1);
  }
  return fd;
}

/* Counts the frames that end within what was read. */
static int count_frames(struct peer *peer, int length) {
  int count = 0;
  for (int at = 0; at < length;) {
    if (peer->left) {
      uint64_t step = length - at < (int64_t)peer->left ? (uint64_t)(length - at) : peer->left;
      at += step;
      if (!(peer->left -= step)) count += !(peer->head[0] & 8);
      continue;
    }
    peer->head[peer->head_length++] = input[at++];
    if (peer->head_length < 2) continue;
    int small = peer->head[1] & 127, needed = small == 127 ? 10 : small == 126 ? 4 : 2;
    if (peer->head_length < needed) continue;
    uint64_t size = small;
    if (needed > 2) for (int i = size = 0; i + 2 < needed; i++) size = size << 8 | peer->head[2 + i];
    peer->head_length = 0;
    pings += (peer->head[0] & 15) == 9;
    if (!(peer->left = size)) count += !(peer->head[0] & 8);
  }
  return count;
}

/* Reads what is there; -1 if that is nothing. */
static int receive(struct peer *peer) {
  ssize_t length = recv(peer->fd, input, sizeof input, MSG_DONTWAIT);
  if (length < 0 && errno == EAGAIN) return -1;
  if (length <= 0) fail("the server closed a connection");
  return count_frames(peer, length);
}

/* The microseconds that the processors have worked for a process, in user mode and in the kernel. */
static double worked(const char *pid) {
  char name[64], stat[2048];
  snprintf(name, sizeof name, "/proc/%s/stat", pid);
  FILE *file = fopen(name, "r");
  if (!file) fail(name);
  stat[fread(stat, 1, sizeof stat - 1, file)] = 0;
  fclose(file);
  unsigned long user = 0, kernel = 0;
  /* The name of the program, in parentheses, may contain anything. */
  sscanf(strrchr(stat, ')') + 2, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &user, &kernel);
  return (user + kernel) * 1e6 / sysconf(_SC_CLK_TCK);
}

static void echo(int epoll, struct peer *peers, int connections, int depth, double duration, const char *pid) {
  unsigned char *burst = malloc(frame_length * depth);
  for (int i = 0; i < depth; i++) memcpy(burst + i * frame_length, frame, frame_length);
  for (int i = 0; i < connections; i++) send_bytes(peers[i].fd, burst, frame_length * depth);
  uint64_t total = 0, before = 0;
  double start = seconds_now() + WARM_UP, end = start + duration, now, work = 0;
  int measuring = 0;
  while ((now = seconds_now()) < end) {
    struct epoll_event ready[256];
    if (!measuring && now >= start) { measuring = 1; before = total; start = now; if (pid) work = worked(pid); }
    for (int i = epoll_wait(epoll, ready, 256, 100); i-- > 0;) {
      struct peer *peer = ready[i].data.ptr;
      int count = receive(peer);
      if (count <= 0) continue;
      total += count;
      for (; count > 0; count -= depth) send_bytes(peer->fd, burst, frame_length * (count < depth ? count : depth));
    }
  }
  printf("%.0f", (total - before) / (now - start));
  if (pid) printf(" %.3f", (worked(pid) - work) / (total - before));
  puts("");
}

static double fan_out(int epoll, struct peer *peers, int connections, int rounds) {
  double spent = 0;
  /* The first round warms up. */
  for (int round = 0; round <= rounds; round++) {
    double start = seconds_now();
    send_bytes(peers[0].fd, frame, frame_length);
    for (int got = 0; got < connections;) {
      struct epoll_event ready[1024];
      int count = epoll_wait(epoll, ready, 1024, 1000);
      for (int i = 0; i < count; i++) {
        int frames = receive(ready[i].data.ptr);
        if (frames > 0) got += frames;
      }
      if (seconds_now() - start > PATIENCE) { fprintf(stderr, "only %d of %d arrived\n", got, connections); exit(1); }
    }
    if (round > 0) spent += seconds_now() - start;
  }
  return (double)connections * rounds / spent;
}

static void listen_long(int epoll, struct peer *peers, int connections) {
  static const unsigned char pong[] = {0x8a, 0x80, 0, 0, 0, 0};
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event)) fail("epoll");
  int round = 1, behind = connections;
  uint64_t sent = 0;
  double every = 0, since = 0;
  for (;;) {
    struct epoll_event ready[1024];
    int count = epoll_wait(epoll, ready, 1024, 10);
    for (int i = 0; i < count; i++) {
      struct peer *peer = ready[i].data.ptr;
      if (!peer) {
        ssize_t length = read(0, input, sizeof input - 1);
        if (length <= 0) return;
        input[length] = 0;
        every = atof(input);
        since = seconds_now();
        sent = 0;
        continue;
      }
      int frames = receive(peer);
      for (; pings; pings--) send_bytes(peer->fd, pong, sizeof pong);
      for (; frames > 0; frames--) behind -= ++peer->heard == round;
    }
    while (!behind) {
      struct timespec t;
      clock_gettime(CLOCK_REALTIME, &t);
      printf("%d %.6f\n", round, t.tv_sec + t.tv_nsec / 1e9);
      fflush(stdout);
      round++;
      for (int i = 0; i < connections; i++) behind += peers[i].heard < round;
    }
    if (every > 0) {
      uint64_t due = (seconds_now() - since) / every * connections;
      for (; sent < due; sent++) send_bytes(peers[sent % connections].fd, frame, frame_length);
    }
  }
}

int main(int argc, char **argv) {
  if (argc < 7) { fprintf(stderr, "usage: see the head of websocket_load.c\n"); return 2; }
  int port = atoi(argv[2]), connections = atoi(argv[4]), epoll = epoll_create1(0);
  struct peer *peers = calloc(connections, sizeof *peers);
  read_frame_file(argv[5]);
  for (int i = 0; i < connections; i++) {
    peers[i].fd = connect_peer(port, argv[3], argv[6], i);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &peers[i]};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, peers[i].fd, &event)) fail("epoll");
  }
  if (!strcmp(argv[1], "echo"))
    echo(epoll, peers, connections, atoi(argv[7]), atof(argv[8]), argc > 9 ? argv[9] : NULL);
  else if (!strcmp(argv[1], "fanout")) printf("%.0f\n", fan_out(epoll, peers, connections, atoi(argv[7])));
  else {
    puts("open");
    fflush(stdout);
    if (!strcmp(argv[1], "listen")) listen_long(epoll, peers, connections);
    else while (read(0, input, 1) > 0) continue;
  }
  return 0;
}
