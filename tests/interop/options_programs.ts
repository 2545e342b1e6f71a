/**
 * Options, config files and command lines in the manner of programs that are written with Tornado.
 *
 * @module
 */

/** Settings of an option that both sides have. */
export interface ProgramOption {
  readonly type: "string" | "int" | "float" | "boolean" | "datetime" | "timedelta";
  readonly defaultValue?: string | number | boolean | readonly string[] | readonly number[];
  readonly multiple?: boolean;
  readonly help?: string;
  readonly metavar?: string;
  readonly group?: string;
}

/** A program: its options, its config file and a command line. */
export interface Program {
  readonly definitions: readonly (readonly [string, ProgramOption])[];
  readonly config: string;
  readonly args: readonly string[];
  /** Line of the config file that cannot be read as a literal. */
  readonly refused?: number;
}

function text(defaultValue?: string, help?: string): ProgramOption {
  return {
    type: "string",
    ...defaultValue === undefined ? {} : { defaultValue },
    ...help === undefined ? {} : { help },
  };
}

function int(defaultValue?: number, help?: string): ProgramOption {
  return { type: "int", ...defaultValue === undefined ? {} : { defaultValue }, ...help === undefined ? {} : { help } };
}

function flag(defaultValue: boolean = false, help?: string): ProgramOption {
  return { type: "boolean", defaultValue, ...help === undefined ? {} : { help } };
}

const float = (defaultValue: number): ProgramOption => ({ type: "float", defaultValue });
const texts: ProgramOption = { type: "string", multiple: true };
const ints: ProgramOption = { type: "int", multiple: true };
const time: ProgramOption = { type: "datetime" };
const span: ProgramOption = { type: "timedelta" };

export const PROGRAMS: Readonly<Record<string, Program>> = {
  "hello": {
    definitions: [["port", int(8888, "run on the given port")]],
    config: "port = 8000\n",
    args: ["--port=80"],
  },
  "blog": {
    definitions: [
      ["port", int(8888, "run on the given port")],
      ["db_host", text("127.0.0.1", "blog database host")],
      ["db_port", int(5432, "blog database port")],
      ["db_database", text("blog", "blog database name")],
      ["db_user", text("blog", "blog database user")],
      ["db_password", text("blog", "blog database password")],
    ],
    config: "db_host = 'db.internal'\ndb_port = 6432\ndb_password = 'p@ss\\'word'\n",
    args: ["--db-user=writer", "--db_database=notes"],
  },
  "chat": {
    definitions: [["port", int(8888)], ["debug", flag(true, "run in debug mode")]],
    config: "debug = False\n",
    args: ["--debug"],
  },
  "task monitor": {
    definitions: [
      ["port", int(5555, "run on the given port")],
      ["address", text("", "run on the given address")],
      ["unix_socket", text("", "path to unix socket to bind")],
      ["debug", flag()],
      ["inspect_timeout", { type: "float", defaultValue: 1000, help: "inspect timeout (in milliseconds)" }],
      ["auth", text("", "regexp of emails to grant access")],
      ["basic_auth", { type: "string", multiple: true, help: "enable http basic authentication" }],
      ["url_prefix", text(undefined, "base url prefix")],
      ["max_workers", int(5000, "maximum number of workers to keep in memory")],
      ["max_tasks", int(100000, "maximum number of tasks to keep in memory")],
      ["db", text("monitor", "database file")],
      ["persistent", flag(false, "enable persistent mode")],
      ["state_save_interval", int(0, "state save interval (in milliseconds)")],
      ["broker_api", text(undefined, "inspect broker e.g. http://guest:guest@localhost:15672/api/")],
      ["ca_certs", text(undefined, "SSL certificate authority (CA) file")],
      ["natural_time", flag(false, "show time in relative format")],
      ["tasks_columns", text("name,uuid,state,args,kwargs,result,received,started,runtime,worker")],
      ["purge_offline_workers", int(undefined, "time (in seconds) after which offline workers are purged")],
    ],
    config: `# Monitor settings
basic_auth = ["ops:secret", "dev:other"]
url_prefix = "/monitor"
inspect_timeout = 5000.0
max_tasks = 10 * 1000
purge_offline_workers = 60 * 60
broker_api = ("http://guest:guest@localhost:15672"
              "/api/vhost")
persistent = True
`,
    args: ["--port=5556", "--basic_auth=a:b,c:d", "--natural-time=no", "worker", "--pool=4"],
  },
  "notebook proxy": {
    definitions: [
      ["ip", text("127.0.0.1", "the IP address to listen on")],
      ["port", int(8000)],
      ["api-ip", text("127.0.0.1")],
      ["api-port", int(0)],
      ["ssl-key", text()],
      ["ssl-cert", text()],
      ["default-target", text(undefined, "default proxy target")],
      ["error-target", text()],
      ["no-prepend-path", flag()],
      ["timeout", span],
      ["insecure", flag(false, "disable SSL cert verification")],
    ],
    config: "ip = ''\nport = 443\ndefault_target = 'http://127.0.0.1:8081'\ntimeout = '30s'\nssl_key = None\n",
    args: ["--timeout=1m", "--insecure", "--api-port=8001"],
  },
  "physics server": {
    definitions: [
      ["port", int(8000)],
      ["ip", text("0.0.0.0")],
      ["processes", int(1)],
      ["secret_key", text()],
      ["cookie_days", float(30.5)],
      ["job_timeout", span],
      ["allowed_codes", texts],
    ],
    config: `allowed_codes = ["elegant", "srw", "warp"]
job_timeout = "2h 30m"
secret_key = "\\x41\\u00e9"
`,
    args: ["--allowed-codes=opal", "--job_timeout=90", "--", "run"],
  },
  "memcached cluster": {
    definitions: [["memcache_hosts", { ...texts, help: "Main user memcache servers" }], [
      "mysql_host",
      text("127.0.0.1:3306"),
    ]],
    config:
      "port = 80\nmysql_host = 'mydb.example.com:3306'\nmemcache_hosts = ['cache1:11011',\n                  'cache2:11011']\n",
    args: ["--memcache_hosts=cache1:11011,cache2:11011,cache3:11011"],
  },
  "load test": {
    definitions: [["n", int(15000)], ["c", int(25)], ["keepalive", flag()], ["quiet", flag()], ["num_runs", int(1)], [
      "ports",
      ints,
    ]],
    config: "n = 100\nports = [8000, 8001]\n",
    args: ["-n=10", "-c=5", "--keepalive=true", "--ports=9000:9003,9100"],
  },
  "metrics gateway": {
    definitions: [["listen", text(":9091")], ["flush_every", span], ["percentiles", ints], ["since", time], [
      "ratio",
      float(0.5),
    ]],
    config: "flush_every = '500ms'\npercentiles = [50, 90, 99]\nsince = '2013-04-28'\nratio = .25\n",
    args: ["--percentiles=50,95:99", "--since=2013-04-28T05:16", "--ratio=1e-3"],
  },
  "file mirror": {
    definitions: [["root", text("/srv")], ["exclude", texts], ["dry_run", flag()], ["max_size", int(1048576)]],
    config: "root = __file__\nexclude = []\nmax_size = 100 * 1024 * 1024\n",
    args: ["--dry-run", "--exclude=*.tmp,.git", "src", "dst"],
  },
  "push service": {
    definitions: [["apns_cert", text()], ["sandbox", flag(true)], ["queue_size", int(1000)], ["retry", ints], [
      "ttl",
      span,
    ]],
    config: "sandbox = False\nretry = '1,2,4:6'\nttl = '4w'\n",
    args: ["--sandbox=0", "--ttl=1d 12h"],
  },
  "wiki": {
    definitions: [["title", text("Wiki", "name of the site that stands above every page")], ["theme", text("plain")], [
      "admins",
      texts,
    ]],
    config: "# -*- coding: utf-8 -*-\ntitle = '李康 wiki'\nadmins = ['ada', 'grace']\n",
    args: ["--theme=dark mode", "--title=A=B"],
  },
  "image resizer": {
    definitions: [["sizes", ints], ["quality", int(85)], ["formats", texts], ["cache_seconds", int(3600)]],
    config: "sizes = [16, 32,\n         64]\nquality = 90\nformats = ['webp', 'png']\ncache_seconds = 7 * 24 * 3600\n",
    args: ["--sizes=16,32,48:50"],
  },
  "long poller": {
    definitions: [["timeout", float(25)], ["backlog", int(200)], ["origin", text("*")]],
    config: "timeout = 55.5\nbacklog = 0x200\n",
    args: ["--timeout=30", "--origin="],
  },
  "log shipper": {
    definitions: [["from", time], ["to", time], ["levels", texts], ["follow", flag()], ["batch", int(500)]],
    config: "levels = ['warning', 'error']\nbatch = 1_000\n",
    args: ["--from=Sun Apr 28 05:16:07 2013", "--to=20130429 10:00", "-follow"],
  },
  "scheduler": {
    definitions: [["at", time], ["every", span], ["jitter", span], ["days", ints], ["once", flag()]],
    config: "at = '05:16'\nevery = '1h'\njitter = '250ms'\ndays = '1:5'\n",
    args: ["--days=6,7", "--at=23:59:59", "--once=F"],
  },
  "game server": {
    definitions: [["tick_rate", float(20)], ["rooms", int(16)], ["maps", texts], ["motd", text("Welcome")]],
    config: 'motd = """Two\nlines"""\nmaps = ["a", "b",]\ntick_rate = 30.0\n',
    args: ["--maps=x", "--rooms=+8"],
  },
  "mail relay": {
    definitions: [["smtp_host", text("localhost")], ["smtp_port", int(25)], ["starttls", flag(true)], [
      "sender",
      text(),
    ]],
    config: "smtp_host = 'mail.example.com'; smtp_port = 587\nsender = 'Shop <shop@' 'example.com>'\n",
    args: ["--starttls=False"],
  },
  "geo api": {
    definitions: [["bbox", texts], ["precision", int(6)], ["projection", text("wgs84")], ["tolerance", float(1e-6)]],
    config: "precision = 0b111\ntolerance = 1e-9\nprojection = r'EPSG\\3857'\n",
    args: ["--bbox=1.5,2.5,-3,4", "--tolerance=5."],
  },
  "survey": {
    definitions: [["opens", time], ["closes", time], ["anonymous", flag()], ["languages", texts]],
    config: "opens = '2013-04-28 05:16:00'\ncloses = '20130528'\nlanguages = ['de', 'fr']\n",
    args: ["--anonymous=yes"],
  },
  "crawler": {
    definitions: [
      ["base_url", text("http://www.tornadoweb.org/en/stable/")],
      ["concurrency", int(10)],
      ["delay", span],
      ["depth", int(3)],
    ],
    config: "base_url = 'http://' + 'docs.example/'\ndelay = '0.5s'\n",
    args: ["--concurrency=20", "--delay=.25", "http://one/", "http://two/"],
  },
  "cron web": {
    definitions: [["crontab", text("/etc/crontab")], ["user", text("root")], ["port", int(8080)], [
      "history",
      int(100),
    ]],
    config: "import os\nimport sys, json\nfrom datetime import (datetime,\n    timedelta)\nhistory = -1\n",
    args: ["--history=-5"],
  },
  "feature flags": {
    definitions: [["flags", texts], ["rollout", float(0)], ["staff_only", flag(true)]],
    config: "flags = ['a']\nrollout = 12.5\nstaff_only = True\n",
    args: ["--flags=", "--rollout=inf"],
  },
  "payments": {
    definitions: [["api_key", text()], ["currencies", texts], ["retries", ints], ["live", flag()]],
    config: "api_key = 'sk_' + 'test'\ncurrencies = ['EUR'] + ['USD']\nretries = [1] + [2, 3]\n",
    args: ["--live=f", "--currencies=CHF"],
  },
  "websocket bridge": {
    definitions: [["ping_interval", float(30)], ["max_message", int(10485760)], ["subprotocols", texts], [
      "compression",
      flag(true),
    ]],
    config: "ping_interval = 12.0\nmax_message = 2 * (1024 * 1024 + 1)\nsubprotocols = [\"mqtt\", 'stomp']\n",
    args: ["--compression=0", "--subprotocols=wamp"],
  },
  "documents": {
    definitions: [["source", text(".")], ["build", text("_build")], ["draft", flag()], ["date", time], [
      "authors",
      texts,
    ]],
    config: "source = '''docs'''\nauthors = [\n    'A', # first\n    'B',\n]\n",
    args: ["--draft", "--date=2013-4-8 5:6"],
  },
  "registry": {
    definitions: [["storage", text("/var/lib")], ["quota", int(10)], ["readonly", flag()], ["mirror_of", text()]],
    config: "storage = '/data'\nquota = - 1\nmirror_of = None\n",
    args: ["--quota=0", "--readonly"],
  },
  "thermostat": {
    definitions: [["target", float(21.5)], ["sensors", ints], ["interval", span], ["night_from", time]],
    config: "target = -4.5e0\nsensors = [4, 17, 27]\ninterval = '1m'\n",
    args: ["--target=-5", "--sensors=1:3", "--night-from=22:00", "--interval=1.5 min"],
  },
  "vote": {
    definitions: [["question", text()], ["options_list", texts], ["ends", time], ["secret", flag(true)]],
    config: "question = u'Sì o no?'\noptions_list = [u'sì', u'no']\n",
    args: ["--options-list=a,b,c", "--secret=true"],
  },
  "backup": {
    definitions: [["keep", ints], ["target", text()], ["every", span], ["compress", flag(true)], ["exclude", texts]],
    config: "keep = [7, 4, 12]\ntarget = 's3://bucket/' + 'host'\nevery = '1d'\n",
    args: ["--keep=7,4,12,5:5", "--every=6 hours"],
  },
  "tracing": {
    definitions: [["sample", float(0.01)], ["endpoint", text("http://localhost:4318")], ["headers", texts], [
      "insecure",
      flag(),
    ]],
    config: "sample = 1.0\nheaders = ['a=b', 'c=d']\n",
    args: ["--headers=x=1,y=2", "--sample=NaN"],
  },
  "kiosk": {
    definitions: [["screens", ints], ["url", text("about:blank")], ["rotate", int(0)], ["cursor", flag()]],
    config: "screens = '0:2'\nrotate = 90\n",
    args: ["--screens=5:3", "--rotate=00270"],
  },
  "ticker": {
    definitions: [["symbols", texts], ["refresh", span], ["decimals", int(2)], ["session_start", time]],
    config: "symbols = ['ACME', \"O'N\"]\nrefresh = '100 us'\nsession_start = '09:30'\n",
    args: ["--refresh=2e3ms", "--symbols=A", "--decimals=1_0"],
  },
  "auth service": {
    definitions: [["issuer", text()], ["audience", texts], ["leeway", span], ["rotate_keys", flag()], ["kid", int(1)]],
    config: "issuer = other = 'https://id.example'\nleeway = '5'\n",
    args: ["--kid= 7 ", "--leeway=-5"],
  },
  "grid jobs": {
    definitions: [["nodes", ints], ["walltime", span], ["queue", text("short")], ["exclusive", flag()], [
      "mem_gb",
      float(4),
    ]],
    config: "nodes = [1, 2, 3]\nwalltime = '1w 2d 3h 4min 5sec'\nmem_gb = 0.5\n",
    args: ["--nodes=10:12", "--exclusive=true", "--queue=long", "job.sh", "-x"],
  },
  "preview": {
    definitions: [["paths", texts], ["open_browser", flag(true)], ["livereload", int(35729)]],
    config: "paths = ['a\\tb', 'c\\\\d', \"e\\\nf\"]\nopen_browser = False\n",
    args: ["--open-browser=t"],
  },
  "room display": {
    definitions: [["calendar", text()], ["rooms", texts], ["opens", time], ["slot", span]],
    config: "calendar = 'https://cal.example/a%20b'\nrooms = ['1.01', '1.02']\nslot = '15m'\n",
    args: ["--rooms=2.01", "--opens=8:00"],
  },
  "translation memory": {
    definitions: [["pairs", texts], ["threshold", float(0.75)], ["limit", int(50)]],
    config: "pairs = ['en-de', 'en-fr']\nthreshold = 0.9\nlimit = 5 * 5\n",
    args: ["--threshold=.5", "--pairs=de-en"],
  },
  "sms": {
    definitions: [["numbers", texts], ["rate", float(1)], ["window", span]],
    config: "numbers = ['+4930123', '+4940456']\nwindow = '8h'\n",
    args: ["--numbers=+1,+2", "--window=8 hours 30 minutes"],
  },
  "inventory": {
    definitions: [["warehouse", int(1)], ["skus", ints], ["reorder", flag()], ["report_at", time]],
    config: "skus = '100:103,200'\nreport_at = '20131224 18:00'\n",
    args: ["--warehouse=2", "--skus=7"],
  },
  "media server": {
    definitions: [["library", texts], ["transcode", flag(true)], ["bitrate", int(4000)], ["cache_dir", text()]],
    config: "library = ['/media/a', '/media/b']\nbitrate = 8000\ncache_dir = ''\n",
    args: ["--transcode=FALSE", "--library=/one"],
  },
  "status page": {
    definitions: [["checks", texts], ["interval", span], ["alert_after", int(3)], ["maintenance_until", time]],
    config: "checks = ['http://a', 'http://b']\ninterval = '1.5m'\n",
    args: ["--maintenance_until=2013-04-28 05:16:07"],
  },
  "paste bin": {
    definitions: [["max_kb", int(64)], ["expire", span], ["highlight", flag(true)], ["salt", text()]],
    config: "max_kb = 0o100\nexpire = '30 days'\nsalt = '\\101\\x42\\u0043'\n",
    args: ["--highlight=1", "--max-kb=128"],
  },
  "classroom": {
    definitions: [["seats", int(30)], ["starts", time], ["teachers", texts], ["recorded", flag()]],
    config: "seats = 25\nteachers = ['Ms ' + 'Hill']\n",
    args: ["--starts=14:30", "--recorded=f"],
  },
  "url shortener": {
    definitions: [["alphabet", text("abcdef0123456789")], ["length", int(6)], ["domains", texts], [
      "stats",
      flag(true),
    ]],
    config: "alphabet = 'abc' \\\n    'def'\nlength = 8\ndomains = ['s.example']\n",
    args: ["--domains=a.example,b.example", "--length=7"],
  },
  // Files that Tornado executes, and that are refused here.
  "paths by os": {
    definitions: [["port", int(80)], ["static_path", text()]],
    config: "import os\n\nport = 8080\nstatic_path = os.path.join(os.path.dirname(__file__), 'static')\n",
    args: [],
    refused: 4,
  },
  "secret from the environment": {
    definitions: [["cookie_secret", text()]],
    config: "import os\ncookie_secret = os.environ.get('SECRET', 'none')\n",
    args: ["--cookie_secret=x"],
    refused: 2,
  },
  "dates by constructor": {
    definitions: [["start", time], ["every", span]],
    config: "from datetime import datetime, timedelta\nevery = timedelta(0, 45)\nstart = datetime(2013, 4, 28)\n",
    args: ["--every=45s"],
    refused: 2,
  },
  "debug by host": {
    definitions: [["debug", flag()]],
    config: "import socket\nif socket.gethostname() == 'laptop':\n    debug = True\n",
    args: ["--debug=false"],
    refused: 2,
  },
  "list comprehension": {
    definitions: [["ports", ints]],
    config: "ports = [8000 + i for i in range(4)]\n",
    args: ["--ports=8000:8003"],
    refused: 1,
  },
};
