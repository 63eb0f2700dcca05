#include "commands/options/sending_options.h"

#include "commands/line/option_types.h"
#include "core/runtime/duration.h"

namespace mscomm {
namespace {

constexpr std::array kReports{Choice<bool>{"json", true}};

}  // namespace

void SendingOptions::validate() const {
  if (lists_answers && !plan.confirms) {
    throw Error(Exit::usage, "--report and --no-confirm contradict each other",
                "without confirms nobody knows what became of a message");
  }
}

void bind_sending_options(CLI::App& app, SendingOptions& options) {
  auto& plan = options.plan;
  OptionGroup guarantee(app, "Guarantee");
  guarantee.off_switch("--no-confirm", plan.confirms, "do not wait for the broker's confirms");
  guarantee.off_switch("--no-mandatory", plan.mandatory,
                       "do not notice messages that no queue takes");
  guarantee.number("--window", plan.window, "N", "how many messages may be unconfirmed at once",
                   std::size_t{1}, std::size_t{1'000'000});
  guarantee.duration("--confirm-timeout", plan.confirm_timeout,
                     "give up when no confirm came for so long");
  OptionGroup pace(app, "Pace");
  pace.custom("--rate", "N[/s|/m|/h]", "send so many messages a second; what is late is caught up",
              [&plan](const std::string& value, const std::string& what) {
                plan.rate = parse_rate(value, what);
              });
  OptionGroup result(app, "Result");
  result.choice("--report", options.lists_answers, kReports, "FORMAT",
                "json: a line on stdout for what became of each message");
}

}  // namespace mscomm
