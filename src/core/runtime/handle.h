#pragma once

namespace mscomm {

/// A unique_ptr deleter for a C handle: `std::unique_ptr<SSL, Deleter<SSL_free>>`.
template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};

}  // namespace mscomm
