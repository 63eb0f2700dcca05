#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/message/dead_letter.h"
#include "core/message/source.h"
#include "core/publish/publisher.h"

namespace mscomm {

class CommandLine;
class DeclaredOption;

/// Where the bodies come from: the argument, stdin in one of several ways, or files.
struct BodyOptions {
  std::optional<std::string> body;
  bool lines = false;
  bool null_separated = false;
  std::optional<std::string> delimiter;
  bool records = false;
  std::vector<std::string> files;
  std::optional<std::string> folder;   ///< with the files of 'consume --save'
  std::optional<std::uint64_t> count;  ///< how often the one body is sent
  bool fills_template = false;
  std::optional<Death> origin;     ///< of dead letters that go back
  bool records_say_where = false;  ///< each record must name its target
};

/// Adds --lines, --jsonl, --file and --dir; the argument is the command's own.
void bind_body_options(CommandLine& line, BodyOptions& options);

/// Adds --null and --delimiter.
void bind_division_options(CommandLine& line, BodyOptions& options);

/// Adds --count and --template.
void bind_repetition_options(CommandLine& line, BodyOptions& options);

/// Adds --to-origin.
void bind_origin_option(CommandLine& line, BodyOptions& options);

/// Makes the source without reading a message. Throws Error{usage} for contradictions that
/// relations between options cannot express.
std::unique_ptr<MessageSource> make_source(const BodyOptions& options);

/// Adds -H/--header, bound into `plan`.
DeclaredOption bind_header_option(CommandLine& line, PublishPlan& plan);

/// Adds an option for each other basic property except delivery_mode.
void bind_property_options(CommandLine& line, PublishPlan& plan);

/// Adds --transient.
void bind_transient_option(CommandLine& line, PublishPlan& plan);

}  // namespace mscomm
