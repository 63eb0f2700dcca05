#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace mscomm {

/// A password or token. It has no formatter and no stream operator, so printing one does not
/// compile; `reveal()` marks each place where it is used. Wiped when destroyed, moved from or
/// assigned to.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) { wipe(value); }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      *this = Secret(other);
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe(value_);
      value_.swap(other.value_);
    }
    return *this;
  }
  ~Secret() { wipe(value_); }

  [[nodiscard]] std::string_view reveal() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

 private:
  // Wipes the whole capacity: a moved-from string is empty but still holds a short text.
  static void wipe(std::string& text) noexcept {
    // NOLINTNEXTLINE(clang-analyzer-cplusplus.Move): what a move leaves behind is the point.
    text.resize(text.capacity());
    // volatile: else the optimiser would remove writes that are never read.
    volatile char* bytes = text.data();
    for (std::size_t i = 0; i < text.size(); ++i) {
      bytes[i] = '\0';
    }
    text.clear();
  }

  std::string value_;
};

}  // namespace mscomm
