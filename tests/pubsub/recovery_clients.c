/* The clients of check_recovery.ts: each follows one topic by a WebSocket, and comes back with its last position when that has ended. In C,
 * since thousands of clients beside the servers are to measure the servers, and not themselves.
 *
 *   recovery_clients CLIENTS TOPICS RATE PORT...
 *
 * At most RATE clients a second begin to come back, in a random order. Each is sent to any server that takes connections, as by a load
 * balancer: the next one is tried if one refuses. A line of numbers is printed every second, and one at the end of the input; check_recovery.ts
 * names them. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { TICK = 10, LATEST = 50, MOST_PORTS = 16, INPUT = 1 << 17, REST = 1024, SEEN = 4096, NONE = -1 };

struct client {
  int fd, is_open, rest_length, port_count;
  int ports[MOST_PORTS];
  char rest[REST];
  char epoch[32];
  long offset;
  /* The last number, the offset of the first message of this connection, and how many numbers were left out before it. */
  long last, first_offset, skipped;
  /* When the connection ended, and when the client began to come back; 0 for one that has recovered. */
  double cut, attempt;
  unsigned char seen[SEEN / 8];
};

struct times {
  double *found;
  size_t count, room;
};

static struct client *clients;
static int client_count, topic_count, epoll;
static int ports[MOST_PORTS], port_count;
/* Clients that wait for their turn. */
static int *waiting, waiting_count;
static long connected, received, lost, doubled, disordered, unrecovered, partial, recovered, fastest;
static struct times since_attempt, since_cut;
static char input[REST + INPUT];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void add(struct times *times, double milliseconds) {
  if (times->count == times->room) {
    times->room = times->room ? 2 * times->room : 1024;
    times->found = realloc(times->found, times->room * sizeof *times->found);
    if (!times->found) fail("realloc");
  }
  times->found[times->count++] = milliseconds;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double part(const struct times *times, double share) {
  size_t at = times->count * share;
  return at < times->count ? times->found[at] : 0;
}

static void print_line(void) {
  struct times *both[] = {&since_attempt, &since_cut};
  printf("%ld %ld %ld %ld %ld %ld %ld %ld %ld", connected, received, lost, doubled, disordered, unrecovered, partial, recovered, fastest);
  for (int i = 0; i < 2; i++) {
    qsort(both[i]->found, both[i]->count, sizeof(double), compare);
    printf(" %.0f %.0f %.0f", part(both[i], 0.5), part(both[i], 0.9), part(both[i], 0.99));
  }
  putchar('\n');
  fflush(stdout);
}

/* Counts those that begin to come back in each second. */
static void count_attempt(double at) {
  static long second, count;
  if ((long)(at / 1e3) != second) {
    second = at / 1e3;
    count = 0;
  }
  if (++count > fastest) fastest = count;
}

static void wait_for_turn(struct client *c) {
  waiting[waiting_count++] = c - clients;
}

/* Connects to the next of the servers that are left; the client waits for another turn if there is none. */
static void try_next(struct client *c) {
  while (c->port_count > 0) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(c->ports[--c->port_count]), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) fail("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS) {
      struct epoll_event event = {.events = EPOLLOUT, .data.ptr = c};
      if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) < 0) fail("epoll_ctl");
      return;
    }
    close(c->fd);
  }
  wait_for_turn(c);
}

static void begin(struct client *c) {
  if (c->cut > 0) {
    double at = now();
    if (c->attempt == 0) c->attempt = at;
    count_attempt(at);
  }
  memcpy(c->ports, ports, sizeof ports);
  c->port_count = port_count;
  for (int i = port_count - 1; i > 0; i--) {
    int j = rand() % (i + 1), port = c->ports[i];
    c->ports[i] = c->ports[j];
    c->ports[j] = port;
  }
  try_next(c);
}

static void ended(struct client *c) {
  int was_open = c->is_open;
  close(c->fd);
  c->is_open = c->rest_length = 0;
  c->first_offset = NONE;
  c->skipped = 0;
  if (!was_open) return try_next(c);
  connected--;
  if (c->cut == 0) c->cut = now();
  wait_for_turn(c);
}

static void ask(struct client *c) {
  char text[512];
  int id = c - clients, error = 0;
  socklen_t size = sizeof error;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) return ended(c);
  int length = snprintf(text, sizeof text, "GET /feed/topic%d?id=%d&since=", id % topic_count, id);
  if (c->epoch[0]) length += snprintf(text + length, sizeof text - length, "%s:%ld", c->epoch, c->offset);
  length += snprintf(text + length, sizeof text - length,
                     " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  if (write(c->fd, text, length) != length) return ended(c);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event) < 0) fail("epoll_ctl");
}

/* Tells whether a number has come, and notes it. */
static int see(struct client *c, long number) {
  unsigned char *byte = &c->seen[number % SEEN / 8], bit = 1 << (number % 8);
  int was = *byte & bit;
  *byte |= bit;
  return was;
}

static void take_number(struct client *c, long number, long offset) {
  received++;
  if (c->last != NONE && number <= c->last) {
    if (c->last - number >= SEEN || see(c, number)) doubled++;
    else disordered++;
    return;
  }
  long gone = c->last == NONE ? 0 : number - c->last - 1;
  long from = c->last + 1 > number - SEEN + 1 ? c->last + 1 : number - SEEN + 1;
  for (long each = from < 0 ? 0 : from; each < number; each++) c->seen[each % SEEN / 8] &= ~(1 << (each % 8));
  c->seen[number % SEEN / 8] |= 1 << (number % 8);
  lost += gone;
  if (c->first_offset == NONE) {
    c->first_offset = offset;
    c->skipped = gone;
  }
  c->last = number;
}

/* The server has told the client whether it has all after its position; what came live has a higher offset than `live`. */
static void take_outcome(struct client *c, int is_whole, long live) {
  double at = now();
  if (c->cut > 0) add(&since_cut, at - c->cut);
  if (c->attempt > 0) add(&since_attempt, at - c->attempt);
  if (is_whole) {
    if (c->cut > 0) recovered++;
  } else {
    unrecovered++;
    if (c->first_offset != NONE && c->first_offset <= live) partial++;
    /* It is told, so nothing is lost in silence. What comes next is the first that the client has. */
    lost -= c->skipped;
    if (c->first_offset == NONE) c->last = NONE;
  }
  c->cut = c->attempt = 0;
}

/* The server sees to it that no line goes back behind a message. */
static void take_line(struct client *c, const char *line) {
  char epoch[32], word[32];
  long offset, live = 0;
  if (sscanf(line, "%31s %ld %31s %ld", epoch, &offset, word, &live) < 3) {
    fprintf(stderr, "Cannot read a line of the feed: %s\n", line);
    exit(1);
  }
  strcpy(c->epoch, epoch);
  c->offset = offset;
  if (!strcmp(word, "recovered") || !strcmp(word, "lost")) take_outcome(c, *word == 'r', live);
  else take_number(c, atol(word), offset);
}

/* Takes what is whole of the input, and returns how much that was; -1 at the end of the feed. */
static int take(struct client *c, char *text, int length) {
  int at = 0;
  if (!c->is_open) {
    char *end = memmem(text, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (strncmp(text, "HTTP/1.1 101 ", 13)) return -1;
    c->is_open = 1;
    connected++;
    at = end + 4 - text;
  }
  while (length - at >= 2) {
    unsigned char *frame = (unsigned char *)text + at;
    int size = frame[1], head = 2;
    if (size == 126 && length - at < 4) break;
    if (size == 126) size = frame[2] * 256 + frame[3], head = 4;
    if (frame[0] == 0x88) return -1;
    /* The feed sends no other control frames, and nothing as long as a line may be. */
    if (frame[0] != 0x81 || size > 500) {
      fprintf(stderr, "Cannot read a frame of the feed: %d, %d\n", frame[0], size);
      exit(1);
    }
    if (length - at < head + size) break;
    char line[512];
    memcpy(line, frame + head, size);
    line[size] = 0;
    take_line(c, line);
    at += head + size;
  }
  return at;
}

static void receive(struct client *c) {
  memcpy(input, c->rest, c->rest_length);
  ssize_t got = read(c->fd, input + c->rest_length, INPUT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return ended(c);
  int length = c->rest_length + got, taken = take(c, input, length);
  if (taken < 0) return ended(c);
  if (length - taken > REST) {
    fprintf(stderr, "Cannot read a head of more than %d bytes\n", REST);
    exit(1);
  }
  c->rest_length = length - taken;
  memcpy(c->rest, input + taken, c->rest_length);
}

/* Lets some of those who wait begin. */
static void release(double rate) {
  static double last;
  double at = now();
  if (at - last > LATEST) last = at - LATEST;
  int count = (at - last) * rate / 1e3;
  last += count * 1e3 / rate;
  for (; count > 0 && waiting_count > 0; count--) {
    int chosen = rand() % waiting_count;
    struct client *c = &clients[waiting[chosen]];
    waiting[chosen] = waiting[--waiting_count];
    begin(c);
  }
}

int main(int argc, char **argv) {
  if (argc < 5 || argc - 4 > MOST_PORTS) {
    fprintf(stderr, "recovery_clients CLIENTS TOPICS RATE PORT...\n");
    return 2;
  }
  client_count = atoi(argv[1]);
  topic_count = atoi(argv[2]);
  double rate = atof(argv[3]), printed = 0;
  for (int i = 4; i < argc; i++) ports[port_count++] = atoi(argv[i]);
  clients = calloc(client_count, sizeof *clients);
  waiting = malloc(client_count * sizeof *waiting);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (!clients || !waiting || epoll < 0) fail("recovery_clients");
  srand(getpid());
  for (int i = 0; i < client_count; i++) {
    clients[i].last = clients[i].first_offset = NONE;
    wait_for_turn(&clients[i]);
  }
  struct epoll_event events[256], standard_input = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &standard_input) < 0) fail("epoll_ctl");
  for (;;) {
    int count = epoll_wait(epoll, events, 256, TICK);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < count; i++) {
      struct client *c = events[i].data.ptr;
      if (!c) {
        if (read(0, input, INPUT) > 0) continue;
        print_line();
        return 0;
      }
      if (events[i].events & EPOLLOUT) ask(c);
      else receive(c);
    }
    release(rate);
    if (now() - printed < 1e3) continue;
    printed = now();
    print_line();
  }
}
