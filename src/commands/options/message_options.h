#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/message/source.h"
#include "core/publish/publisher.h"

namespace CLI {
class App;
}

namespace mscomm {

/// Where the bodies come from: the argument, stdin in one of several ways, or files.
struct BodyOptions {
  std::optional<std::string> body;
  bool lines = false;
  bool null_separated = false;
  std::optional<std::string> delimiter;
  bool records = false;
  std::vector<std::string> files;
  std::optional<std::string> folder;   ///< of what 'consume --save' wrote
  std::optional<std::uint64_t> count;  ///< how often the one body is sent
  bool fills_template = false;
  bool to_origin = false;
  bool records_say_where = false;  ///< the command has no target for those that do not
};

/// Adds --lines, --jsonl, --file and --dir; the argument is the command's own.
void bind_body_options(CLI::App& app, BodyOptions& options);

/// Adds --null and --delimiter.
void bind_division_options(CLI::App& app, BodyOptions& options);

/// Adds --count and --template.
void bind_repetition_options(CLI::App& app, BodyOptions& options);

/// Adds --to-origin.
void bind_origin_option(CLI::App& app, BodyOptions& options);

/// Throws Error{usage} when two of them contradict each other. Reads no message yet.
std::unique_ptr<MessageSource> make_source(const BodyOptions& options);

/// Adds -H/--header and an option for each basic property, bound into `plan`. `type_name` is what
/// the option for the property `type` is called.
void bind_property_options(CLI::App& app, PublishPlan& plan,
                           const std::string& type_name = "--type");

}  // namespace mscomm
