#include "commands/line/foreign_options.h"

#include <algorithm>
#include <array>

namespace mscomm {
namespace {

constexpr std::string_view kHttp = "get post put patch delete head";
constexpr std::string_view kBroker = "publish consume fanout";
constexpr std::string_view kSends = "publish fanout";

constexpr std::string_view kUser =
    "--user NAME, with --password-file FILE, or --user NAME:PASSWORD";

constexpr std::array kForeign{
    // curl
    ForeignOption{kHttp, "-A --user-agent", "it is a header: -H 'User-Agent: NAME'"},
    ForeignOption{kHttp, "-b --cookie --cookie-jar --session",
                  "no cookies are kept; -H 'Cookie: NAME=VALUE' sends one"},
    ForeignOption{kHttp, "-C --continue-at --continue",
                  "no download is continued; -o FILE is replaced only by a whole body"},
    ForeignOption{kHttp, "-D --dump-header",
                  "-i prints the headers before the body; --format json has both in one record"},
    ForeignOption{kHttp, "-e --referer", "it is a header: -H 'Referer: URL'"},
    ForeignOption{kHttp, "-E --cert", "it is --tls-cert FILE, with --tls-key FILE"},
    ForeignOption{kHttp, "--key --cert-key", "it is --tls-key FILE, with --tls-cert FILE"},
    ForeignOption{kHttp, "--cacert --capath", "it is --tls-ca FILE"},
    ForeignOption{kHttp, "-f --fail --fail-with-body --fail-early --check-status",
                  "nothing needs it: a status other than 2xx is exit 1, and --expect LIST says "
                  "which ones are a success"},
    ForeignOption{kHttp, "-F --form-string --multipart",
                  "it is --form NAME=VALUE, or --form NAME=@FILE"},
    ForeignOption{kHttp, "-G --get", "'mscomm get' with --query NAME=VALUE for each of them"},
    ForeignOption{kHttp, "-I --head", "it is a command: mscomm head URL"},
    ForeignOption{kHttp,
                  "-J -O --remote-name --remote-name-all --remote-header-name --output --download",
                  "-o FILE names the file"},
    ForeignOption{kHttp, "-k --verify --no-check-certificate", "it is --insecure"},
    ForeignOption{kHttp, "-K", "--profile NAME takes options from the file of --config"},
    ForeignOption{kHttp, "-m --max-time", "it is --timeout DUR, for example --timeout 10s"},
    ForeignOption{kHttp, "--netrc --netrc-file --netrc-optional", kUser},
    ForeignOption{kHttp, "-N --no-buffer --stream -S",
                  "nothing needs it: what has come is written at once, and errors are always told"},
    ForeignOption{kHttp, "-r --range", "it is a header: -H 'Range: bytes=0-99', with --expect 206"},
    ForeignOption{kHttp, "-s --silent --show-error --no-progress-meter -# --progress-bar",
                  "nothing needs it: stdout is data alone; --quiet leaves only errors on stderr"},
    ForeignOption{kHttp, "-T --upload-file", "it is: mscomm put URL -d @FILE"},
    ForeignOption{kHttp, "-u -a --auth --basic", kUser},
    ForeignOption{kHttp, "-U --proxy-user", "it is --proxy http://NAME:PASSWORD@HOST:PORT"},
    ForeignOption{kHttp, "-V", "it is --version"},
    ForeignOption{kHttp, "-w --write-out", "it is --format '{status} {total_ms}\\n'"},
    ForeignOption{kHttp, "-x", "it is --proxy URL"},
    ForeignOption{kHttp, "-y -Y --speed-limit --speed-time",
                  "--stall-timeout DUR ends what stands still"},
    ForeignOption{kHttp, "-z --time-cond",
                  "--duration DUR for a load run; for a date -H 'If-Modified-Since: DATE', with "
                  "--expect 2xx,304"},
    ForeignOption{kHttp, "-Z --parallel --parallel-max", "it is -c N, --concurrency N"},
    ForeignOption{kHttp, "-q --rps --qps", "it is --rate N/s"},
    ForeignOption{kHttp, "-0 --http1.0 --http3", "--http1.1 or --http2"},
    ForeignOption{kHttp, "-4 -6 --ipv4 --ipv6", "--resolve HOST:PORT:ADDRESS picks the address"},
    ForeignOption{kHttp, "-1 --tlsv1 --tlsv1.0 --tlsv1.1 --tlsv1.2 --tlsv1.3 --ssl",
                  "nothing needs it: TLS 1.2 and 1.3 are spoken"},
    ForeignOption{kHttp, "--digest --ntlm --negotiate --anyauth",
                  "there is basic and bearer authentication: --user, --bearer-file"},
    ForeignOption{kHttp, "--oauth2-bearer --bearer", "it is --bearer-file FILE"},
    ForeignOption{kHttp, "--data-ascii --data-binary --data-raw --raw --body",
                  "-d TEXT, or -d @FILE, sends exactly these bytes"},
    ForeignOption{kHttp, "--data-urlencode --url-query",
                  "--query NAME=VALUE encodes it for the URL; -d sends what it is given"},
    ForeignOption{kHttp, "--url", "the URL is an argument, without an option"},
    ForeignOption{kHttp, "--request", "it is --method METHOD, or the command: mscomm delete URL"},
    ForeignOption{kHttp, "--location-trusted --follow",
                  "-L follows redirects; credentials stay with their host"},
    ForeignOption{kHttp, "--max-filesize", "it is --max-size SIZE"},
    ForeignOption{kHttp, "--retry-delay --retry-interval", "it is --backoff 1s..30s, with --retry"},
    ForeignOption{kHttp, "--retry-all-errors --retry-connrefused",
                  "--retry-on LIST says for what; connect is among it"},
    ForeignOption{kHttp, "--http2-prior-knowledge", "it is --http2"},
    ForeignOption{kHttp, "--socks4 --socks4a --socks5 --socks5-hostname",
                  "it is --proxy socks5h://HOST:PORT"},
    ForeignOption{kHttp, "--noproxy",
                  "--proxy '' uses none; the variable NO_PROXY names hosts that need none"},
    ForeignOption{kHttp, "--trace --trace-ascii --debug", "-vv tells what is sent and received"},
    ForeignOption{kHttp, "--ignore-stdin",
                  "nothing needs it: stdin is read only for the URL - and for @-"},
    // amqp-tools, kcat, rabbitmqadmin
    ForeignOption{kBroker, "-s --server --uri --host --port --vhost --user --username --broker",
                  "it is in the URL: --url amqp://USER@HOST:PORT/VHOST, with --password-file FILE"},
    ForeignOption{kBroker, "--password", "it is --password-file FILE"},
    ForeignOption{kBroker, "--verify", "it is --insecure"},
    ForeignOption{"consume", "-k", "it is --insecure"},
    ForeignOption{kSends, "-k", "for TLS --insecure; for routing -r KEY"},
    ForeignOption{kBroker, "--cacert", "it is --tls-ca FILE"},
    ForeignOption{kBroker, "--cert", "it is --tls-cert FILE, with --tls-key FILE"},
    ForeignOption{"consume", "--key", "for TLS --tls-key FILE; for routing --bind EXCHANGE:KEY"},
    ForeignOption{kSends, "--key", "for TLS --tls-key FILE; for routing -r KEY"},
    ForeignOption{kBroker, "-V", "--version; a virtual host is the path of --url"},
    ForeignOption{kBroker, "-0 --print0", "it is --null"},
    ForeignOption{kBroker, "-D", "it is --delimiter TEXT"},
    ForeignOption{kBroker, "--silent", "it is --quiet"},
    ForeignOption{"publish", "-b --body -m --message --payload",
                  "the body is an argument, or stdin; the broker is --url URL"},
    ForeignOption{
        "fanout", "-b --body -m --message --payload",
        "the event is the argument after the exchange, or stdin; the broker is --url URL"},
    ForeignOption{kSends, "-C", "it is --content-type TYPE"},
    ForeignOption{kSends, "-E", "it is --content-encoding NAME"},
    ForeignOption{kSends, "-l --line-buffered", "it is --lines"},
    ForeignOption{kSends, "-p --persistent --delivery-mode",
                  "nothing needs it: messages are persistent, unless --transient"},
    ForeignOption{
        kSends, "--mandatory --confirm",
        "nothing needs it: the broker confirms each message, and what no queue takes is told"},
    ForeignOption{"publish", "-t --topic --target", "it is -q QUEUE, or -e EXCHANGE with -r KEY"},
    ForeignOption{kSends, "-f", "it is --file FILE"},
    ForeignOption{kSends, "-J --json",
                  "--content-type application/json says that the body is JSON; "
                  "--jsonl reads whole records"},
    ForeignOption{"consume", "-q --queue -t --topic",
                  "the queue is an argument: mscomm consume QUEUE"},
    ForeignOption{"consume", "-e --exit-eof --exchange -r --routing-key",
                  "--until-empty stops at the end; --bind EXCHANGE:KEY listens to an exchange"},
    ForeignOption{"consume", "-x --exclusive", "it is --declare=exclusive"},
    ForeignOption{"consume", "-A --no-ack --auto-ack --ackmode --ack-mode",
                  "it is --ack auto; --peek looks and takes nothing"},
    ForeignOption{"consume", "-m", "it is -n N"},
    ForeignOption{"consume fanout", "--max-messages --num --limit", "it is -n N"},
    ForeignOption{"consume", "-p", "it is --prefetch N"},
    ForeignOption{"consume", "-d", "it is --declare"},
    ForeignOption{"consume", "-f", "it is --format '{routing_key}: {body}\\n'"},
    ForeignOption{"consume", "-J --json", "it is --format json"},
    ForeignOption{"consume", "--follow --tail",
                  "nothing needs it: without -n, --until-empty or --idle it goes on until Ctrl-C"},
    ForeignOption{"fanout", "-e --exchange", "the exchange is the first argument"},
    ForeignOption{
        "fanout", "-q --queue",
        "a listener gets a queue of its own; 'mscomm consume QUEUE' reads one that is there"},
    // probes
    ForeignOption{"probe", "-k", "it is --insecure"},
    ForeignOption{"probe", "--cacert", "it is --tls-ca FILE"},
    ForeignOption{"probe", "-m --max-time -t",
                  "--timeout DUR ends the whole, --wait DUR waits until all are healthy"},
    ForeignOption{"probe", "-H -p -u --host --port --url",
                  "the target is an argument: http://HOST:PORT/PATH, amqp://HOST, tcp://HOST:PORT"},
    ForeignOption{"probe", "-f --fail", "nothing needs it: exit 0 says that all are healthy"},
    ForeignOption{"probe", "-s --silent", "it is --quiet"},
    ForeignOption{"probe", "-V", "it is --version"},
};

// Whether `list`, words separated by spaces, has `word`.
bool lists(std::string_view list, std::string_view word) {
  for (;;) {
    const auto end = std::min(list.find(' '), list.size());
    if (list.substr(0, end) == word) {
      return true;
    }
    if (end == list.size()) {
      return false;
    }
    list.remove_prefix(end + 1);
  }
}

}  // namespace

std::span<const ForeignOption> foreign_options() { return kForeign; }

std::string_view foreign_option_hint(std::string_view command, std::string_view word) {
  const auto name = word.starts_with("--") ? word : word.substr(0, 2);
  const auto* const found = std::ranges::find_if(kForeign, [&](const ForeignOption& option) {
    return lists(option.commands, command) && lists(option.names, name);
  });
  return found == kForeign.end() ? std::string_view() : found->hint;
}

}  // namespace mscomm
