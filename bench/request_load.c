/* Asks a server on this machine for a page: one thread, one epoll, no dependencies.
 *
 *   request_load open   PORT PATH RATE        SECONDS SETTLING   so many requests a second, whatever comes back
 *   request_load closed PORT PATH CONNECTIONS SECONDS SETTLING   the next request of a connection after the answer
 *   request_load kill   PORT PATH RATE        SECONDS SETTLING PID   as open; halfway it ends a process by SIGKILL
 *
 * Connections that the server keeps are used again; whoever is refused comes with a new one. Requests of the first
 * SETTLING seconds are not counted; when those are over, it prints a line, "settled", but for `kill`. At the end it
 * prints JSON: the counts of requests, of answers with 200 and with 503, and of those without an answer, and the
 * milliseconds that those with 200 took, median and 99th percentile. With `kill`, one request in ten is a POST of its
 * number; it also prints the count of POSTs, how many were under way between the signal and the end of the process, and
 * the numbers of those that were not answered with 200. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { READ_SIZE = 65536, HEAD_SIZE = 4096, MOST_EVENTS = 256, MOST_FDS = 1 << 20, MOST_ANSWERS = 1 << 22, PATIENCE = 20 };
enum { MOST_POSTS = 4096, ONE_POST_IN = 10 };

/* One connection, by its descriptor; `start` is 0 while it asks nothing. `post` is the number of a POST, 0 of a GET. */
struct client {
  double start;
  long post;
  int status, closes, head_length, waits_to_write;
  long left;
  char head[HEAD_SIZE];
};

static struct client *clients[MOST_FDS];
static int idle[MOST_FDS], idle_count, running, epoll, port;
static char request[512], input[READ_SIZE];
static int request_length;
static double begin, settled, *answers;
static long asked, answered, refused, failed;
static long posts, posts_running, posts_at_kill = -1, failed_posts[MOST_POSTS], failed_post_count;
/* Between the signal and the end of the process, whose sockets are open until then. */
static int dying;
static const char *path;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void watch(int fd, int operation, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(epoll, operation, fd, &event) < 0) fail("epoll_ctl");
}

static void send_request(int fd) {
  struct client *client = clients[fd];
  if (client->waits_to_write) watch(fd, EPOLL_CTL_MOD, EPOLLIN);
  client->waits_to_write = 0;
  char post[1024], number[24];
  const char *text = request;
  int length = request_length;
  if (client->post) {
    snprintf(number, sizeof number, "%ld", client->post);
    length = snprintf(post, sizeof post, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n%s", path,
                      strlen(number), number);
    text = post;
  }
  /* It fits into the socket. What has failed shows when it is read. */
  if (send(fd, text, length, MSG_NOSIGNAL) < 0 && errno == EAGAIN) fail("send");
}

static int connect_one(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0 || fd >= MOST_FDS) fail("socket");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) fail("connect");
  if (!clients[fd] && !(clients[fd] = malloc(sizeof(struct client)))) fail("malloc");
  clients[fd]->waits_to_write = 1;
  watch(fd, EPOLL_CTL_ADD, EPOLLOUT);
  return fd;
}

/* Asks at a time, which may be over already: a late request has waited since then. */
static void ask(double due, long post) {
  int fd = idle_count ? idle[--idle_count] : connect_one();
  struct client *client = clients[fd];
  client->start = due;
  client->status = client->closes = client->head_length = 0;
  client->left = -1;
  client->post = post;
  running++;
  if (post) posts++, posts_running++, posts_at_kill += dying;
  if (due >= settled) asked++;
  if (!client->waits_to_write) send_request(fd);
}

static void end(int fd, int is_whole) {
  struct client *client = clients[fd];
  if (client->start >= settled) {
    if (is_whole && client->status == 200) answers[answered++ % MOST_ANSWERS] = (now() - client->start) * 1000;
    else if (is_whole && client->status == 503) refused++;
    else failed++;
  }
  if (client->post) {
    posts_running--;
    if (!(is_whole && client->status == 200)) failed_posts[failed_post_count++ % MOST_POSTS] = client->post;
  }
  running--;
  client->start = 0;
  if (is_whole && !client->closes) idle[idle_count++] = fd;
  else close(fd);
}

static void forget_idle(int fd) {
  for (int i = 0; i < idle_count; i++) if (idle[i] == fd) idle[i--] = idle[--idle_count];
  close(fd);
}

static void read_head(struct client *client, long count) {
  long room = HEAD_SIZE - 1 - client->head_length, taken = count < room ? count : room;
  memcpy(client->head + client->head_length, input, taken);
  client->head_length += taken;
  client->head[client->head_length] = 0;
  char *stop = strstr(client->head, "\r\n\r\n");
  if (!stop) return;
  char *length = strcasestr(client->head, "\r\nContent-Length: ");
  client->status = atoi(client->head + 9);
  client->left = (length && length < stop ? atol(length + 18) : 0) + (stop + 4 - client->head) - client->head_length;
  client->left -= count - taken;
  stop[2] = 0;
  client->closes = strcasestr(client->head, "\r\nConnection: close\r\n") != NULL;
}

static void receive(int fd) {
  struct client *client = clients[fd];
  for (;;) {
    ssize_t count = recv(fd, input, READ_SIZE, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (client->start == 0) return forget_idle(fd);
    if (count <= 0) return end(fd, 0);
    if (client->left < 0) read_head(client, count);
    else client->left -= count;
    if (client->head_length == HEAD_SIZE - 1 && client->status == 0) return end(fd, 0);
    if (client->status != 0 && client->left <= 0) return end(fd, 1);
  }
}

static void turn(int milliseconds) {
  struct epoll_event events[MOST_EVENTS];
  int count = epoll_wait(epoll, events, MOST_EVENTS, milliseconds);
  for (int i = 0; i < count; i++) {
    int fd = events[i].data.fd;
    if (events[i].events & EPOLLOUT) send_request(fd);
    else receive(fd);
  }
}

static int is_dead(int pid) {
  char name[40], text[512] = "";
  snprintf(name, sizeof name, "/proc/%d/stat", pid);
  int file = open(name, O_RDONLY);
  if (file < 0) return 1;
  if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
  close(file);
  char *state = strrchr(text, ')');
  if (!state || state[2] == 'X') return 1;
  /* Its first thread may have ended before the others, which keep the sockets open until then. */
  int threads = 0;
  return state[2] == 'Z' && sscanf(state + 2, "%*c%*d%*d%*d%*d%*d%*u%*u%*u%*u%*u%*u%*u%*d%*d%*d%*d%d", &threads) == 1 && threads <= 1;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int count, char **words) {
  int kills = count == 8 && strcmp(words[1], "kill") == 0;
  if (count != 7 && !kills) return fprintf(stderr, "open, closed or kill PORT PATH NUMBER SECONDS SETTLING [PID]\n"), 2;
  int is_open = kills || strcmp(words[1], "open") == 0;
  int victim = kills ? atoi(words[7]) : 0;
  path = words[3];
  port = atoi(words[2]);
  double number = atof(words[4]), seconds = atof(words[5]), settling = atof(words[6]);
  request_length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", words[3]);
  if ((answers = malloc(sizeof(double) * MOST_ANSWERS)) == NULL) fail("malloc");
  if ((epoll = epoll_create1(0)) < 0) fail("epoll_create1");
  begin = now();
  settled = begin + settling;
  double stop = begin + seconds;
  long sent = 0;
  int is_settled = kills;
  for (double time = begin; time < stop; time = now()) {
    if (!is_settled && time >= settled) is_settled = puts("settled") >= 0 && fflush(stdout) == 0;
    if (is_open) {
      for (; sent < (time - begin) * number; sent++) {
        ask(begin + sent / number, kills && (sent + 1) % ONE_POST_IN == 0 ? sent : 0);
      }
    }
    else while (running < number) ask(time, 0);
    if (kills && posts_at_kill < 0 && time > begin + seconds / 2) {
      if (kill(victim, SIGKILL) < 0) fail("kill");
      posts_at_kill = posts_running;
      dying = 1;
    }
    if (dying && is_dead(victim)) dying = 0;
    turn(1);
  }
  double patience = now() + PATIENCE;
  while (running > 0 && now() < patience) turn(10);
  long known = answered < MOST_ANSWERS ? answered : MOST_ANSWERS;
  qsort(answers, known, sizeof(double), ascending);
  printf("{\"asked\":%ld,\"answered\":%ld,\"refused\":%ld,\"failed\":%ld,\"median\":%.3f,\"p99\":%.3f", asked, answered,
         refused, failed + running, known ? answers[known / 2] : 0, known ? answers[known * 99 / 100] : 0);
  if (kills) {
    printf(",\"posts\":%ld,\"postsAtKill\":%ld,\"failedPosts\":[", posts, posts_at_kill);
    for (long i = 0; i < failed_post_count && i < MOST_POSTS; i++) printf("%s%ld", i ? "," : "", failed_posts[i]);
    printf("]");
  }
  printf("}\n");
  return 0;
}
