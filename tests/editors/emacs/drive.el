;;; -*- lexical-binding: t -*-
;; Opens FILE in a batch Emacs that has the page's CONFIGURATION, starts eglot as a person does, and prints as JSON what is shown there.
;; Environment: CONFIGURATION (a file of Emacs Lisp), FILE, AT (a text: the cursor goes behind it), ALSO (a JSON list of files to open
;; too), ACTION (a part of the title of a code action), RENAME (a JSON object: file, at, to). The last two may be missing.
(when (< emacs-major-version 29) (package-initialize))
(require 'json)
(require 'project)
(require 'xref)
(load (getenv "CONFIGURATION") nil t)
(require 'eglot)
(require 'flymake)
(setq eglot-sync-connect 20 make-backup-files nil auto-save-default nil create-lockfiles nil)

(defvar drive-seen nil)
(defun drive-see (what value) (setq drive-seen (append drive-seen (list (cons what value)))))

(defun drive-until (what holds)
  "The first true value of HOLDS within twenty seconds."
  (let ((end (+ (float-time) 20)) value)
    (while (and (not (setq value (funcall holds))) (< (float-time) end))
      (accept-process-output nil 0.02))
    (or value (error "Waited in vain: %s" what))))

(defun drive-given (variable)
  "The JSON of an environment variable, nil where there is none."
  (let ((text (getenv variable)))
    (and text (json-parse-string text :object-type 'alist :array-type 'list))))

(defun drive-messages ()
  (vconcat (mapcar (lambda (one) (substring-no-properties (flymake-diagnostic-text one))) (flymake-diagnostics))))

(defun drive-places (items)
  (let ((root (project-root (project-current))))
    (vconcat (mapcar (lambda (item)
                       (let ((place (xref-item-location item)))
                         (format "%s:%d" (file-relative-name (xref-location-group place) root) (xref-location-line place))))
                     items))))

(defun drive-hover ()
  "What the functions that eldoc asks say at the cursor."
  (let (said)
    (run-hook-wrapped 'eldoc-documentation-functions
                      (lambda (ask)
                        (funcall ask (lambda (text &rest _) (when text (push (substring-no-properties text) said))))
                        nil))
    (drive-until "hover" (lambda () said))
    (mapconcat #'identity said "\n")))

(defun drive-action (title)
  "Choose a code action for the first diagnostic as `M-x eglot-code-actions' does."
  (let ((diagnostic (car (flymake-diagnostics)))
        (before (drive-messages))
        (last-nonmenu-event ?x)) ; a key, not the mouse: no menu pops up
    (cl-letf ((completing-read-function
               (lambda (_prompt choices &rest _)
                 (let ((offered (all-completions "" choices)))
                   (or (seq-find (lambda (one) (string-match-p (regexp-quote title) one)) offered)
                       (error "No %s in %S" title offered)))))
              ((symbol-function 'y-or-n-p) #'always))
      (eglot-code-actions (flymake-diagnostic-beg diagnostic) (flymake-diagnostic-end diagnostic) nil t))
    (eglot--signal-textDocument/didChange) ; without a wait for idleness, which batch does not know
    (drive-until "other diagnostics" (lambda () (not (equal (drive-messages) before))))
    (drive-see 'after_action (drive-messages))))

(defun drive-rename (file at to)
  (find-file file)
  (goto-char (point-min))
  (search-forward at)
  (cl-letf (((symbol-function 'y-or-n-p) #'always))
    (eglot-rename to))
  (save-some-buffers t))

(defun drive ()
  (find-file (getenv "FILE"))
  (let ((buffer (current-buffer)) (rename (drive-given "RENAME")))
    (drive-see 'project (expand-file-name (project-root (project-current))))
    (call-interactively #'eglot)
    (drive-see 'also
               (vconcat (mapcar (lambda (name)
                                  (with-current-buffer (find-file-noselect name)
                                    `((mode . ,(symbol-name major-mode)) (managed . ,(if (eglot-managed-p) t :json-false)))))
                                (drive-given "ALSO"))))
    ;; Answered when the whole workspace is known.
    (drive-see 'symbols (drive-places (xref-backend-apropos 'eglot "#")))
    (drive-until "diagnostics" #'flymake-diagnostics)
    (drive-see 'diagnostics (drive-messages))
    (goto-char (point-min))
    (search-forward (getenv "AT"))
    (drive-see 'hover (drive-hover))
    (let* ((backend (xref-find-backend)) (name (xref-backend-identifier-at-point backend)))
      (drive-see 'definitions (drive-places (xref-backend-definitions backend name)))
      (drive-see 'references (drive-places (xref-backend-references backend name))))
    (when (getenv "ACTION") (drive-action (getenv "ACTION")))
    (when rename (drive-rename (alist-get 'file rename) (alist-get 'at rename) (alist-get 'to rename)))
    (switch-to-buffer buffer)
    (set-buffer-modified-p nil)
    (eglot-shutdown (eglot-current-server))))

(condition-case problem (drive) (error (drive-see 'error (format "%S" problem))))
(princ (concat (json-encode drive-seen) "\n"))
(kill-emacs (if (assq 'error drive-seen) 1 0))
