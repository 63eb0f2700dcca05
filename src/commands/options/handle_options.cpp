#include "commands/options/handle_options.h"

#include "commands/line/option_types.h"
#include "commands/options/backoff_options.h"
#include "core/call/kept_body.h"
#include "core/expression/expression.h"

namespace mscomm {
namespace {

constexpr std::array kOnFail{
    Choice<OnFail>{"requeue", OnFail::requeue}, Choice<OnFail>{"reject", OnFail::reject},
    Choice<OnFail>{"park", OnFail::park}, Choice<OnFail>{"stop", OnFail::stop}};
constexpr std::array kUnmatched{Choice<Fate>{"requeue", Fate::hold}, Choice<Fate>{"ack", Fate::ack},
                                Choice<Fate>{"reject", Fate::reject}};
constexpr std::uint16_t kMostCommands = 1000;
constexpr std::uint32_t kMostRetries = 1000;

// What becomes of a message whose command failed.
void bind_failure_options(OptionGroup& handle, HandleOptions& options) {
  handle
      .number(
          "--retry", options.retry.retries, "N",
          "run the command of a message again up to N times when it failed, while others go on; "
          "the message stays unacknowledged",
          0U, kMostRetries)
      .needs({"--exec"});
  bind_backoff_options(handle, options.retry.backoff, "it is run again");
  handle
      .choice("--on-fail", options.on_fail, kOnFail, "WHAT",
              "what becomes of a message whose command failed, and its retries: requeue puts it "
              "back, reject dead-letters or drops it, park copies it to the queue of --park, stop "
              "puts it back and ends")
      .needs({"--exec"});
  handle
      .text("--park", options.park, "QUEUE",
            "copy a message whose command failed into this queue, with headers that say why, and "
            "acknowledge it once the copy is confirmed")
      .needs({"--exec"})
      .excludes({"--on-fail!=park"});
}

}  // namespace

void HandleOptions::settle() {
  if (filter) {
    filter_expression = std::make_shared<Expression>(*filter, "--filter", jq_limit());
  }
  if (command && command->find_first_not_of(" \t\n") == std::string::npos) {
    throw Error(Exit::usage, "--exec: there is no command");
  }
  if (on_fail == OnFail::park && !park) {
    throw Error(Exit::usage, "--on-fail park: there is no queue to park messages in",
                "--park QUEUE names it");
  }
  on_fail = park ? OnFail::park : on_fail;
}

ExpressionLimit HandleOptions::jq_limit() const {
  return {BodyLimits::of(max_size).memory, Exit::failed};
}

void bind_handle_options(CommandLine& line, HandleOptions& options) {
  OptionGroup handle(line, "Handle");
  handle
      .text("--filter", options.filter, "EXPR",
            "take only messages for whose record, with the body as .json where it is JSON, this jq "
            "expression is neither false nor null")
      .clashes_with({"--ack=auto"}, "--ack auto acknowledges what it has not looked at");
  handle
      .choice("--unmatched", options.unmatched, kUnmatched, "WHAT",
              "what becomes of the other messages: requeue puts them back when the command ends, "
              "ack, reject")
      .needs({"--filter"});
  handle
      .text("--exec", options.command, "COMMAND",
            "run this command of the shell for each message: the body is its stdin, the record "
            "is on descriptor 3, fields are in MSCOMM_MESSAGE_...; exit status 0 acknowledges, 3 "
            "rejects, 4 puts back, any other is a failure")
      .excludes({"--peek", "--reject", "--requeue", "--ack!=after"},
                "the command's exit status settles the message: 3 rejects, 4 puts back")
      .excludes({"--format!=raw", "--null", "--delimiter", "--save"},
                "the output is the command's; the record is on descriptor 3")
      .excludes({"--jq", "--decompress"},
                "let the command do it, for example --exec 'gunzip | jq .id'");
  handle
      .number("-c,--concurrency", options.concurrency, "N", "run N commands at once",
              std::uint16_t{1}, kMostCommands)
      .needs({"--exec"});
  bind_failure_options(handle, options);
  handle
      .duration("--drain", options.drain,
                "after SIGTERM or Ctrl-C commands that run may go on for so long; no others begin")
      .needs({"--exec"});
  handle
      .flag("--reply", options.reply,
            "answer each message that has a reply_to with what its command prints")
      .needs({"--exec"})
      .clashes_with({"--out"}, "the output goes to who asked");
}

}  // namespace mscomm
