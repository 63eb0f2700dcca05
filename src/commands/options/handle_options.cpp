#include "commands/options/handle_options.h"

#include "commands/line/option_types.h"
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

void HandleOptions::settle() {
  if (filter) {
    filter_expression = std::make_shared<Expression>(*filter, "--filter");
  }
  if (command && command->find_first_not_of(" \t\n") == std::string::npos) {
    throw Error(Exit::usage, "--exec: there is no command");
  }
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
  handle
      .choice("--on-fail", options.on_fail, kOnFail, "WHAT",
              "what becomes of a message whose command failed: requeue puts it back, reject "
              "dead-letters or drops it, stop puts it back and ends")
      .needs({"--exec"});
  handle
      .flag("--reply", options.reply,
            "answer each message that has a reply_to with what its command prints")
      .needs({"--exec"})
      .clashes_with({"--out"}, "the output goes to who asked");
}

}  // namespace mscomm
