"""An nginx of its own: what HTTP rows ask."""
import os
import pwd
import random
import shutil
import signal
import subprocess
import time

from machine import ROOT, WORK, Failure, environment, run

BODY = (b'{"id":4711,"customer":"ACME","items":[{"sku":"A-1","count":2}],'
        b'"total":19.90,"currency":"EUR"}\n')
START_SECONDS = 10

# One process, which stays the user who started it. The requests of one connection are not limited,
# for otherwise the clients would be measured that connect again quickly.
# What works takes as long as work does: at p50 10 ms, at p99 40 ms.
CONFIGURATION = """
load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;
daemon off;
master_process off;
worker_processes 1;
user {user};
pid nginx.pid;
error_log stderr;
events {{
  worker_connections 1024;
}}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  sendfile on;
  client_body_temp_path temp;
  proxy_temp_path temp;
  fastcgi_temp_path temp;
  uwsgi_temp_path temp;
  scgi_temp_path temp;
  split_clients $request_id $work_seconds {{
    2% 0.04;
    8% 0.02;
    * 0.01;
  }}
  server {{
    listen 127.0.0.1:{plain} backlog=1024;
    listen 127.0.0.1:{tls} ssl;
    ssl_certificate {certificates}/server.pem;
    ssl_certificate_key {certificates}/server.key;
    root files;
    default_type application/json;
    location = /works {{
      echo_sleep $work_seconds;
      echo done;
    }}
  }}
}}
"""


class WebServer:
    """Serves small.json, which is BODY, and what serve() adds, on a plain and on a TLS port, and at
    works something that it takes its time for."""

    def __init__(self):
        self.folder = WORK / f"nginx-{os.getpid()}"
        self.authority = WORK / "certificates" / "ca.pem"
        self.process = None

    def __enter__(self):
        run([ROOT / "tests/support/certs", self.authority.parent])
        self.serve("small.json", BODY)
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(START_SECONDS)
        shutil.rmtree(self.folder)

    def serve(self, name, body):
        file = self.folder / "files" / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_bytes(body)

    def url(self, name="small.json"):
        return f"http://127.0.0.1:{self.plain}/{name}"

    def tls_url(self, name="small.json"):
        return f"https://127.0.0.1:{self.tls}/{name}"

    def start(self):
        """nginx takes no port 0. The range is below the one of outgoing connections, so that none
        of them takes a port in the meantime; nginx itself tells whether another server has it."""
        for _ in range(20):
            self.plain, self.tls = random.sample(range(20000, 32000), 2)
            if self.listens():
                return
        raise Failure(f"nginx does not start:\n{self.log().read_text(errors='replace')}")

    def listens(self):
        configuration = self.folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(
            user=pwd.getpwuid(os.getuid()).pw_name, plain=self.plain, tls=self.tls,
            certificates=self.authority.parent))
        with open(self.log(), "wb") as stderr:
            self.process = subprocess.Popen(
                ["nginx", "-e", "stderr", "-p", f"{self.folder}/", "-c", configuration],
                stdin=subprocess.DEVNULL, stderr=stderr, env=environment(), start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.wrote_its_pid():  # which it does when it listens
                return True
            time.sleep(0.02)
        self.process.kill()
        self.process.wait()
        self.process = None
        return False

    def wrote_its_pid(self):
        file = self.folder / "nginx.pid"
        return file.exists() and file.read_text().strip() == str(self.process.pid)

    def log(self):
        return self.folder / "log"
