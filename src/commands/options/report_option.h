#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mscomm {

class DeclaredOption;
class OptionGroup;

/// Where --report writes, and in which form.
struct ReportFile {
  enum class Form {
    html,   ///< a page
    json,   ///< one object
    jsonl,  ///< an object on each line
  };

  std::string path;  ///< `-` is stdout
  Form form = Form::json;
};

/// Adds --report FILE. The file's ending selects one of `forms`: .html, .json or .jsonl. Stdout and
/// other non-files, such as a pipe, get the first form.
DeclaredOption bind_report_option(OptionGroup& group, std::vector<ReportFile::Form> forms,
                                  const std::string& help, std::function<void(ReportFile)> set);

}  // namespace mscomm
