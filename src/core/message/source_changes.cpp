#include "core/message/source_changes.h"

#include <algorithm>
#include <utility>

#include "core/runtime/duration.h"
#include "core/runtime/random_id.h"

namespace mscomm {
namespace {

class RepeatedSource final : public MessageSource {
 public:
  RepeatedSource(std::unique_ptr<MessageSource> source, std::uint64_t count)
      : source_(std::move(source)), count_(count) {}

  State next(Outgoing& out) override {
    if (!has_message_) {
      const auto state = source_->next(message_);
      if (state != State::message) {
        return state;
      }
      has_message_ = true;
      body_ = message_.body;
      message_.body = body_;
      out = message_;
    }
    if (given_ == count_) {
      return State::end;
    }
    out.body = body_;
    out.file = message_.file;
    out.again = given_++ > 0;
    // Only the first copy can be half a message.
    out.unterminated = !out.again && message_.unterminated;
    return State::message;
  }

  [[nodiscard]] int fd() const override { return source_->fd(); }
  [[nodiscard]] Deadline until() const override { return source_->until(); }
  [[nodiscard]] std::optional<double> progress() const override {
    return static_cast<double>(given_) / static_cast<double>(count_);
  }

 private:
  std::unique_ptr<MessageSource> source_;
  std::uint64_t count_;
  std::uint64_t given_ = 0;
  bool has_message_ = false;
  Outgoing message_;
  std::string body_;
};

class TemplatedSource final : public MessageSource {
 public:
  explicit TemplatedSource(std::unique_ptr<MessageSource> source) : source_(std::move(source)) {}

  State next(Outgoing& out) override {
    const auto state = source_->next(out);
    if (state == State::message) {
      ++number_;
      if (out.file) {
        large_ = out.file->read_all();
        out.file.reset();
        out.body = large_;
      }
      out.origin = out.body;
      fill(out.body);
      out.body = body_;
    }
    return state;
  }

  [[nodiscard]] int fd() const override { return source_->fd(); }
  [[nodiscard]] Deadline until() const override { return source_->until(); }
  [[nodiscard]] std::optional<double> progress() const override { return source_->progress(); }

 private:
  void fill(std::string_view text) {
    body_.clear();
    while (!text.empty()) {
      const auto brace = text.find('{');
      body_ += text.substr(0, brace);
      text.remove_prefix(std::min(brace, text.size()));
      if (text.starts_with("{seq}")) {
        body_ += std::to_string(number_);
        text.remove_prefix(5);
      } else if (text.starts_with("{uuid}")) {
        body_ += random_uuid();
        text.remove_prefix(6);
      } else if (text.starts_with("{now}")) {
        append_rfc3339(body_, std::chrono::system_clock::now());
        text.remove_prefix(5);
      } else if (!text.empty()) {
        body_ += '{';
        text.remove_prefix(1);
      }
    }
  }

  std::unique_ptr<MessageSource> source_;
  std::uint64_t number_ = 0;
  std::string body_;
  std::string large_;
};

}  // namespace

std::unique_ptr<MessageSource> repeated(std::unique_ptr<MessageSource> source,
                                        std::uint64_t count) {
  return std::make_unique<RepeatedSource>(std::move(source), count);
}

std::unique_ptr<MessageSource> templated(std::unique_ptr<MessageSource> source) {
  return std::make_unique<TemplatedSource>(std::move(source));
}

}  // namespace mscomm
