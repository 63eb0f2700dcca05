#include "core/publish/resumed_source.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "core/publish/resume_file.h"
#include "core/runtime/files.h"

namespace mscomm {
namespace {

// What one call passes over at most: the caller has heartbeats and stop signals to attend to.
constexpr int kMostPassed = 1000;
// What was in doubt is less than this, or than the window, so that only what failed can be more.
constexpr std::size_t kMostHeldBytes = 16UL << 20U;
constexpr std::uint64_t kMostHeld = 20'000;
constexpr std::size_t kMostHeldFiles = 256;

class ResumedSource final : public MessageSource {
 public:
  ResumedSource(std::unique_ptr<MessageSource> source, ResumeFile& file)
      : source_(std::move(source)), file_(file) {}

  State next(Outgoing& out) override {
    pauses_ = false;
    for (int passed = 0; passed < kMostPassed; ++passed) {
      if (gives_held()) {
        give_held(out);
        return State::message;
      }
      if (!std::exchange(adding_, true)) {
        const bool done = file_.earlier().confirmed.contains(file_.digest().count() + 1);
        const auto state = done ? source_->pass(out) : source_->next(out);
        if (state != State::message) {
          adding_ = false;
          if (state == State::end) {
            file_.note_end();
          }
          return state;
        }
        file_.digest().add(out);
      }
      if (!file_.digest().add_rest()) {
        break;
      }
      adding_ = false;
      if (is_to_send(out)) {
        return State::message;
      }
    }
    pauses_ = true;
    return State::wait;
  }

  [[nodiscard]] int fd() const override { return pauses_ ? ready_.get() : source_->fd(); }
  [[nodiscard]] Deadline until() const override { return source_->until(); }
  [[nodiscard]] std::optional<double> progress() const override { return source_->progress(); }

 private:
  struct Held {
    Outgoing message;
    std::string body;
  };

  [[nodiscard]] bool gives_held() {
    const bool full = held_.size() >= std::max(kMostHeld, file_.window()) ||
                      held_bytes_ >= kMostHeldBytes || held_files_ >= kMostHeldFiles;
    gives_all_ = !held_.empty() && (gives_all_ || file_.is_verified() || full);
    return gives_all_;
  }

  void give_held(Outgoing& out) {
    body_ = std::move(held_.front().body);
    out = std::move(held_.front().message);
    out.body = body_;
    held_.pop_front();
    held_bytes_ -= body_.size();
    held_files_ -= out.file ? 1U : 0U;
  }

  void hold(const Outgoing& message) {
    held_.push_back({message, std::string(message.body)});
    held_.back().message.origin = {};
    held_bytes_ += message.body.size();
    held_files_ += message.file ? 1U : 0U;
  }

  // Whether the message just read goes out now.
  bool is_to_send(Outgoing& out) {
    const auto& earlier = file_.earlier();
    out.number = file_.digest().count();
    if (out.number > earlier.read) {
      return true;
    }
    if (out.number == earlier.read) {
      file_.verify();
    }
    if (!earlier.confirmed.contains(out.number)) {
      hold(out);
    }
    return false;
  }

  std::unique_ptr<MessageSource> source_;
  ResumeFile& file_;
  UniqueFd ready_{eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC)};  // always readable
  bool pauses_ = false;  // the last next() did not wait for the input
  bool adding_ = false;  // the message in `out` is not yet digested whole
  std::deque<Held> held_;
  std::size_t held_bytes_ = 0;
  std::size_t held_files_ = 0;
  bool gives_all_ = false;
  std::string body_;
};

}  // namespace

std::unique_ptr<MessageSource> resumed(std::unique_ptr<MessageSource> source, ResumeFile& file) {
  return std::make_unique<ResumedSource>(std::move(source), file);
}

}  // namespace mscomm
