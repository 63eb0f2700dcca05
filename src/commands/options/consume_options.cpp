#include "commands/options/consume_options.h"

#include <algorithm>

#include "commands/line/option_types.h"
#include "core/expression/expression.h"
#include "core/message/delivery_record.h"
#include "core/message/saved_messages.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

constexpr std::array kAckModes{Choice<AckMode>{"auto", AckMode::automatic},
                               Choice<AckMode>{"after", AckMode::after},
                               Choice<AckMode>{"none", AckMode::none}};

// How many messages wait for a retry unless --prefetch says more or less.
constexpr std::uint16_t kMostWaiting = 256;

std::shared_ptr<Expression> compile(const ConsumeOptions& options) {
  return std::make_shared<Expression>(*options.jq, "--jq", options.handle.jq_limit());
}

std::shared_ptr<MessageSaver> open_saver(const ConsumeOptions& options) {
  return std::make_shared<MessageSaver>(
      *options.save, options.append ? MessageSaver::Old::kept : MessageSaver::Old::refused);
}

}  // namespace

void ConsumeOptions::settle() {
  settle_acknowledging();
  settle_handling();
  if (output.format == OutputFormat::custom) {
    // A bad format string must fail before the first message is taken.
    const FormatString<DeliveryRecord> checked(output.format_string, delivery_fields());
  }
  unescape(delimiter, "--delimiter");
  if (jq) {
    expression = compile(*this);
  }
  if (save) {
    saver = open_saver(*this);
  }
}

std::string ConsumeOptions::record_end() const {
  if (handle.command) {
    return {};  // the output is the command's
  }
  constexpr auto kLineEnd = "\n";
  switch (output.format) {
    case OutputFormat::json:
      return kLineEnd;
    case OutputFormat::custom:
      return unescape(output.format_string, "--format").ends_with('\n') ? kLineEnd : "";
    default:
      break;
  }
  if (jq) {
    return kLineEnd;
  }
  return null_separated ? std::string(1, '\0') : unescape(delimiter, "--delimiter");
}

RecordFile::Plan ConsumeOptions::record_file() const {
  const auto old = append ? OldRecords::kept : force ? OldRecords::replaced : OldRecords::refused;
  return {old, record_end()};
}

void ConsumeOptions::settle_acknowledging() {
  if (reject) {
    plan.ack = AckMode::reject;
  }
  const bool looks = peek || forward.dry_run;
  if (looks || requeue) {
    plan.ack = AckMode::none;
  }
  if (looks) {
    plan.until_empty = plan.until_empty || !plan.ends_by_itself();
  }
  plan.prefetch = prefetch.value_or(plan.prefetch);
  plan.prefetch_is_given = prefetch.has_value();
}

void ConsumeOptions::settle_handling() {
  handle.settle();
  plan.unmatched = handle.unmatched;
  if (forward.is_given()) {
    plan.forwards = !forward.dry_run;
    plan.prefetch = prefetch.value_or(forward.prefetch());
  }
  if (handle.command) {
    // A prefetch above the number of commands at once would keep messages from other workers. What
    // waits for a retry is beside it.
    const bool retries = handle.retry.retries > 0;
    const auto most = std::max<std::size_t>(
        prefetch.value_or(handle.concurrency + (retries ? kMostWaiting : 0U)), handle.concurrency);
    plan.prefetch = retries ? handle.concurrency : static_cast<std::uint16_t>(most);
    handle.retry.room = most - handle.concurrency;
  }
}

void bind_consume_options(CommandLine& line, ConsumeOptions& options) {
  OptionGroup stop(line, "Stop");
  stop.number("-n,--count", options.plan.count, "N",
              "take N messages and leave the next in the queue", std::uint64_t{1});
  stop.flag("--until-empty", options.plan.until_empty, "stop when the queue is empty");
  stop.duration("--idle", options.plan.idle, "stop when nothing came for so long");
  bind_output_options(
      line, options.output,
      {"'{routing_key}: {body}\\n'",
       "write to this file instead of stdout; one that holds something is refused"});
  OptionGroup output(line, "Output");
  output
      .flag("--append", options.append,
            "add to the end of the file, or to the messages of the folder")
      .needs({"--out", "--save"})
      .excludes({"--force"});
  output.flag(
      "--force", options.force,
      "do what is refused otherwise: replace what the file of --out holds, look at a quorum "
      "queue that drops what was looked at too often where no copies can be put back");
  output.size(
      "--max-size", options.handle.max_size,
      "give up on a larger body where all of it is held in memory, by default 16MiB: with "
      "--format, --jq, --filter, --exec, --decompress or at a terminal; its values may take "
      "32 times as much for --jq and --filter, by default 48MiB; 0 for no limit");
  output.flag("--decompress", options.decompress,
              "undo the compression that the property content_encoding names: gzip or deflate");
  output.text("--jq", options.jq, "EXPR", "print what 'jq -rc EXPR' makes of each body")
      .excludes({"--format!=raw"},
                "--jq is given bodies and prints its results; to work on records: "
                "mscomm consume QUEUE --format json | jq")
      .excludes({"--null", "--delimiter"},
                "it prints each result on a line; @json or @base64 in the expression keeps a "
                "result on one line");
  output
      .text("--save", options.save, "DIR",
            "write each message into two files of this folder, which is made if it is missing, "
            "instead of printing it; 'publish --dir' sends them again; one that holds messages is "
            "refused")
      .excludes({"--jq", "--format!=raw", "--out", "--null", "--delimiter"},
                "it writes whole messages into files and prints nothing");
}

std::vector<FieldHelp> consume_field_help() { return field_help(delivery_fields()); }

void bind_delimiter_options(CommandLine& line, ConsumeOptions& options) {
  OptionGroup output(line, "Output");
  constexpr std::string_view kEndsItself =
      "a JSON record is one line; a format string says itself how it ends";
  output
      .text("--delimiter", options.delimiter, "TEXT",
            "what ends each body with --format raw and text; '' is nothing; \\n, \\t, \\0 and "
            "\\xNN are understood")
      .may_be_empty()
      .excludes({"--null"})
      .excludes({"--format!=raw|text"}, kEndsItself);
  output.flag("--null", options.null_separated, "end each body with a NUL byte, for xargs -0")
      .excludes({"--format!=raw|text"}, kEndsItself);
}

void bind_acknowledge_options(CommandLine& line, ConsumeOptions& options) {
  OptionGroup acknowledge(line, "Acknowledge");
  acknowledge.choice(
      "--ack", options.plan.ack, kAckModes, "WHEN",
      "after: when the record is written; auto: on receipt, at most once; none: never, "
      "so that everything goes back to the queue");
  acknowledge
      .flag("--peek", options.peek,
            "look without taking: everything goes back; stops when all has been seen")
      .excludes({"--reject", "--requeue"})
      .excludes({"--ack=auto"}, "--peek takes nothing, --ack auto takes what it gets");
  acknowledge
      .flag("--reject", options.reject,
            "reject each message after it is written: the broker dead-letters it, or drops "
            "it where the queue has no dead-letter exchange")
      .excludes({"--requeue", "--ack!=after"});
  acknowledge
      .flag("--requeue", options.requeue,
            "put each message back after it is written, when the command ends, so that none "
            "comes twice")
      .excludes({"--ack!=after"});
  acknowledge.number(
      "--prefetch", options.prefetch, "N",
      "how many messages the broker may send ahead at most, growing from 1 with what is taken; "
      "default 256 and a quarter of what is held; with --exec at once as many as run at once, with "
      "--to 2000 or what --rate forwards in a second; with "
      "--retry how many may be unacknowledged in all",
      std::uint16_t{1}, std::uint16_t{65535});
}

}  // namespace mscomm
