#include "core/contract/json_pointer.h"

namespace mscomm {

void append_pointer_step(std::string& pointer, std::string_view name) {
  pointer += '/';
  for (const char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

std::optional<std::vector<std::string>> pointer_steps(std::string_view pointer) {
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    const char next = i + 1 < pointer.size() ? pointer[i + 1] : '\0';
    if (pointer[i] == '/') {
      steps.emplace_back();
    } else if (steps.empty() || (pointer[i] == '~' && next != '0' && next != '1')) {
      return std::nullopt;
    } else if (pointer[i] == '~') {
      steps.back() += next == '0' ? '~' : '/';
      ++i;
    } else {
      steps.back() += pointer[i];
    }
  }
  return steps;
}

}  // namespace mscomm
