#include "commands/options/sending_options.h"

#include "commands/line/option_types.h"
#include "commands/options/report_option.h"
#include "core/runtime/duration.h"

namespace mscomm {
void bind_sending_options(CommandLine& line, Sending& options) {
  auto& plan = options.plan;
  OptionGroup guarantee(line, "Guarantee");
  guarantee.off_switch("--no-confirm", plan.confirms, "do not wait for the broker's confirms")
      .excludes({"--window", "--on-loss=resend"},
                "without confirms nobody knows which messages are unconfirmed");
  guarantee.off_switch("--no-mandatory", plan.mandatory,
                       "do not notice messages that no queue takes");
  guarantee.number("--window", plan.window, "N", "how many messages may be unconfirmed at once",
                   std::size_t{1}, std::size_t{1'000'000});
  guarantee.duration("--confirm-timeout", plan.confirm_timeout,
                     "give up when no confirm came for so long");
  OptionGroup pace(line, "Pace");
  pace.custom("--rate", "N[/s|/m|/h]", "send so many messages a second; what is late is caught up",
              [&plan](const std::string& value, const std::string& what) {
                plan.rate = parse_rate(value, what);
              });
  OptionGroup result(line, "Result");
  bind_report_option(result, {ReportFile::Form::jsonl},
                     "write a line of JSON for what became of each message into this file, which "
                     "ends in .jsonl; - is stdout",
                     [&options](ReportFile report) { options.report = std::move(report.path); })
      .clashes_with({"--no-confirm"}, "without confirms nobody knows what became of a message");
  result
      .text("--resume-file", options.resume_file, "FILE",
            "keep in FILE what is confirmed, so that the same command goes on where a run was cut; "
            "after a finished run it sends nothing")
      .clashes_with({"--no-confirm"}, "without confirms nobody knows what is done")
      .only_on_the_line();  // it belongs to one input
}

}  // namespace mscomm
