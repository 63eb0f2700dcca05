#include "commands/options/output_options.h"

#include <fmt/format.h>

#include <array>

#include "commands/line/option_types.h"
#include "core/runtime/error.h"
#include "core/runtime/spelling.h"

namespace mscomm {
namespace {

constexpr std::array kFormats{Choice<OutputFormat>{"raw", OutputFormat::raw},
                              Choice<OutputFormat>{"text", OutputFormat::text},
                              Choice<OutputFormat>{"json", OutputFormat::json}};

void parse_format(const std::string& value, const std::string& what, Payload payload,
                  OutputOptions& options) {
  std::vector<std::string> words;
  for (const auto& [name, format] : kFormats) {
    if (format == OutputFormat::raw && payload == Payload::absent) {
      continue;
    }
    if (name == value) {
      options.format = format;
      return;
    }
    words.emplace_back(name);
  }
  // A format without a field prints the same text for every record: surely a misspelt word.
  if (value.find('{') == std::string::npos) {
    const auto near = nearest(value, words);
    throw Error(Exit::usage,
                fmt::format("{}: '{}' is neither {} nor a format string", what, value,
                            fmt::join(words, ", ")),
                near.empty() ? "a format string has fields in braces, such as '{status}\\n'"
                             : fmt::format("did you mean '{}'?", near));
  }
  options.format = OutputFormat::custom;
  options.format_string = value;
}

}  // namespace

void bind_output_options(CommandLine& line, OutputOptions& options, const OutputHelp& help,
                         Payload payload) {
  OptionGroup output(line, "Output");
  auto format = output.custom(
      "--format", "FORMAT",
      std::string(payload == Payload::present ? "raw: the payload as it came; " : "") +
          "text: for people; json: one object a line; or a string with fields in braces, such as " +
          help.example,
      [&options, payload](const std::string& value, const std::string& what) {
        parse_format(value, what, payload, options);
      });
  for (const auto& [name, value] : kFormats) {
    if (value == options.format) {
      format.defaults_to(std::string(name));
    }
  }
  output.text("-o,--out", options.file, "FILE", help.out);
}

}  // namespace mscomm
