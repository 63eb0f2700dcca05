// --filter, --exec and what belongs to them.

#include <algorithm>

#include "commands/line/option_types.h"
#include "commands/options/consume_options.h"
#include "core/expression/expression.h"

namespace mscomm {
namespace {

constexpr std::array kOnFail{Choice<OnFail>{"requeue", OnFail::requeue},
                             Choice<OnFail>{"reject", OnFail::reject},
                             Choice<OnFail>{"stop", OnFail::stop}};
constexpr std::array kUnmatched{Choice<Fate>{"requeue", Fate::hold}, Choice<Fate>{"ack", Fate::ack},
                                Choice<Fate>{"reject", Fate::reject}};
constexpr std::uint16_t kMostCommands = 1000;

}  // namespace

void ConsumeOptions::settle_filter() {
  if (!filter) {
    if (plan.unmatched != Fate::hold) {
      throw Error(Exit::usage, "--unmatched is for --filter");
    }
    return;
  }
  if (plan.ack == AckMode::automatic) {
    throw Error(Exit::usage, "--filter and --ack auto contradict each other",
                "--ack auto acknowledges what it has not looked at");
  }
  filter_expression = std::make_shared<Expression>(*filter, "--filter");
}

void ConsumeOptions::settle_handling() {
  if (!command) {
    if (concurrency > 1 || plan.on_fail != OnFail::requeue || plan.reply) {
      throw Error(Exit::usage, "--concurrency, --on-fail and --reply are for --exec");
    }
    return;
  }
  if (command->find_first_not_of(" \t\n") == std::string::npos) {
    throw Error(Exit::usage, "--exec: there is no command");
  }
  if (plan.ack != AckMode::after) {
    throw Error(Exit::usage, "with --exec the command's exit status settles the message",
                "leave --ack, --peek, --reject and --requeue away; status 3 rejects, 4 puts back");
  }
  if (output.format != OutputFormat::raw || null_separated || delimiter != kNewline || save) {
    throw Error(
        Exit::usage, "with --exec the output is the command's",
        "leave --format, --delimiter, --null and --save away; the record is on descriptor 3");
  }
  if (jq || decompress) {
    throw Error(Exit::usage, "--jq and --decompress are about what is printed, not for --exec",
                "let the command do it, for example --exec 'gunzip | jq .id'");
  }
  if (plan.reply && output.file) {
    throw Error(Exit::usage, "with --reply the output goes to who asked", "leave --out away");
  }
  // A worker that takes more than it works on keeps it from others.
  plan.prefetch = std::max(prefetch.value_or(concurrency), concurrency);
}

void bind_handle_options(CLI::App& app, ConsumeOptions& options) {
  OptionGroup handle(app, "Handle");
  handle.text(
      "--filter", options.filter, "EXPR",
      "take only messages for whose record, with the body as .json where it is JSON, this jq "
      "expression is neither false nor null");
  handle.choice("--unmatched", options.plan.unmatched, kUnmatched, "WHAT",
                "what becomes of the other messages: requeue puts them back when the command ends, "
                "ack, reject");
  handle.text("--exec", options.command, "COMMAND",
              "run this command of the shell for each message: the body is its stdin, the record "
              "is on descriptor 3, fields are in MSCOMM_MESSAGE_...; exit status 0 acknowledges, 3 "
              "rejects, 4 puts back, any other is a failure");
  handle.number("-c,--concurrency", options.concurrency, "N", "run N commands at once",
                std::uint16_t{1}, kMostCommands);
  handle.choice("--on-fail", options.plan.on_fail, kOnFail, "WHAT",
                "what becomes of a message whose command failed: requeue puts it back, reject "
                "dead-letters or drops it, stop puts it back and ends");
  handle.flag("--reply", options.plan.reply,
              "answer each message that has a reply_to with what its command prints");
}

}  // namespace mscomm
