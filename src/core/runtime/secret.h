#pragma once

#include <string>
#include <string_view>

namespace mscomm {

/// A password or token. It has no formatter and no stream operator, so printing one does not
/// compile; `reveal()` marks each place where it leaves for the wire. Wiped when destroyed.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) = default;
  ~Secret() { wipe(); }

  [[nodiscard]] std::string_view reveal() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

 private:
  void wipe() noexcept {
    // volatile: the writes must outlive the optimiser's view that nobody reads them.
    volatile char* bytes = value_.data();
    for (std::size_t i = 0; i < value_.size(); ++i) {
      bytes[i] = '\0';
    }
  }

  std::string value_;
};

}  // namespace mscomm
