#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "commands/options/forward_options.h"
#include "commands/options/handle_options.h"
#include "commands/options/output_options.h"
#include "core/consume/consume_plan.h"
#include "core/output/record_file.h"

namespace mscomm {

class MessageSaver;

/// How messages are taken and handled; shared by `consume` and `fanout --listen`.
struct ConsumeOptions {
  ConsumePlan plan;
  bool peek = false;
  bool reject = false;
  bool requeue = false;
  bool recovers = true;  ///< a lost connection is replaced
  static constexpr const char* kNewline = "\\n";
  std::string delimiter = kNewline;  ///< as the user writes it
  bool null_separated = false;
  OutputOptions output;
  bool append = false;  ///< to what the file or folder holds
  bool force = false;   ///< does what is refused otherwise
  bool decompress = false;
  std::optional<std::string> jq;
  std::shared_ptr<Expression> expression;  ///< of --jq, once settled
  std::optional<std::uint16_t> prefetch;
  HandleOptions handle;
  ForwardOptions forward;
  std::optional<std::string> save;
  std::shared_ptr<MessageSaver> saver;  ///< of --save, once settled

  /// Applies options that stand for others. Throws Error{usage} for contradictions, Error{io} when
  /// messages cannot be saved.
  void settle();

  /// What ends each record; empty where that is not known.
  [[nodiscard]] std::string record_end() const;
  /// How the output's file is written.
  [[nodiscard]] RecordFile::Plan record_file() const;

 private:
  void settle_acknowledging();
  void settle_handling();
};

/// Adds -n, --until-empty, --idle and the output options, --jq, --append and --force among them.
void bind_consume_options(CommandLine& line, ConsumeOptions& options);

/// The fields of its records, for the manual.
std::vector<FieldHelp> consume_field_help();

/// Adds --delimiter and --null.
void bind_delimiter_options(CommandLine& line, ConsumeOptions& options);

/// Adds --ack, --peek, --reject, --requeue and --prefetch.
void bind_acknowledge_options(CommandLine& line, ConsumeOptions& options);

}  // namespace mscomm
