#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace mscomm {

/// A password or token. It has no formatter and no stream operator, so printing one does not
/// compile; `reveal()` marks each place where it leaves for the wire. Wiped when destroyed,
/// moved from or assigned to.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) { wipe(value); }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }
  Secret& operator=(Secret other) noexcept {
    wipe(value_);
    value_.swap(other.value_);
    return *this;
  }
  ~Secret() { wipe(value_); }

  [[nodiscard]] std::string_view reveal() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

 private:
  // All of the storage: a string that was moved from is empty and still has its short text there.
  static void wipe(std::string& text) noexcept {
    text.resize(text.capacity());
    // volatile: the writes must outlive the optimiser's view that nobody reads them.
    volatile char* bytes = text.data();
    for (std::size_t i = 0; i < text.size(); ++i) {
      bytes[i] = '\0';
    }
    text.clear();
  }

  std::string value_;
};

}  // namespace mscomm
