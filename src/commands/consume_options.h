#pragma once

#include <memory>
#include <optional>
#include <string>

#include "commands/output_options.h"
#include "core/amqp/consumer.h"

namespace CLI {
class App;
}

namespace mscomm {

class Expression;

/// How messages are taken and printed; shared by `consume` and `fanout --listen`.
struct ConsumeOptions {
  ConsumePlan plan;
  bool peek = false;
  static constexpr const char* kNewline = "\\n";
  std::string delimiter = kNewline;  ///< as the user writes it
  bool null_separated = false;
  OutputOptions output;
  bool decompress = false;
  std::optional<std::string> jq;
  std::shared_ptr<Expression> expression;  ///< of --jq, once settled

  /// Brings --peek, --null and --jq into effect. Throws Error{usage} for contradictions.
  void settle();
};

/// Adds -n, --until-empty, --idle and the output options, --jq among them.
void bind_consume_options(CLI::App& app, ConsumeOptions& options);

/// What the manual says about the fields of its records.
std::vector<FieldHelp> consume_field_help();

/// Adds --delimiter and --null.
void bind_delimiter_options(CLI::App& app, ConsumeOptions& options);

/// Adds --ack, --peek and --prefetch.
void bind_acknowledge_options(CLI::App& app, ConsumeOptions& options);

/// Consumes from `queue` to stdout or --out, reports on stderr and returns the exit code.
Exit run_consume(Session& session, const std::string& queue, ConsumeOptions& options,
                 const Context& context);

}  // namespace mscomm
