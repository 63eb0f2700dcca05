#include "commands/options/report_option.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "commands/line/option_types.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

using Form = ReportFile::Form;

constexpr std::array<std::pair<std::string_view, Form>, 3> kEndings{
    {{".html", Form::html}, {".json", Form::json}, {".jsonl", Form::jsonl}}};

bool is_no_file(const std::string& path) {
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

ReportFile parse_report(const std::string& path, const std::string& what,
                        const std::vector<Form>& forms) {
  if (path == "-" || is_no_file(path)) {
    return {path, forms.front()};
  }
  std::vector<std::string_view> endings;
  for (const auto& [ending, form] : kEndings) {
    if (std::ranges::find(forms, form) == forms.end()) {
      continue;
    }
    if (path.size() > ending.size() && path.ends_with(ending)) {
      return {path, form};
    }
    endings.push_back(ending);
  }
  throw Error(Exit::usage,
              fmt::format("{}: '{}' does not end in {}", what, path, fmt::join(endings, " or ")),
              "the file's ending says what it is; - is stdout");
}

}  // namespace

DeclaredOption bind_report_option(OptionGroup& group, std::vector<Form> forms,
                                  const std::string& help, std::function<void(ReportFile)> set) {
  return group.custom("--report", "FILE", help,
                      [forms = std::move(forms), set = std::move(set)](const std::string& value,
                                                                       const std::string& what) {
                        set(parse_report(value, what, forms));
                      });
}

}  // namespace mscomm
