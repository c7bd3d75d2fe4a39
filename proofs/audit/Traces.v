(* Finite types and the sum over one: the paper's Tr (Eq. 2), for any finite type of configurations. *)

From Coq Require Import Reals List Lra.
Import ListNotations.
Open Scope R_scope.

(* A finite type: a list that has every configuration once, and is not empty. *)
Record finite := Finite {
  configuration :> Type;
  every : list configuration;
  complete : forall x, In x every;
  once : NoDup every;
  inhabitant : configuration }.

Definition sum_over {A : Type} (l : list A) (f : A -> R) : R := fold_right Rplus 0 (map f l).

Definition Tr {A : finite} (f : A -> R) : R := sum_over (every A) f.

Notation "'Tr_' x , e" := (Tr (fun x => e)) (at level 60, x binder, e at level 60, right associativity).

Section Sums.
  Context {A : Type}.
  Implicit Types (l : list A) (f g : A -> R).

  Lemma sum_ext l f g : (forall x, f x = g x) -> sum_over l f = sum_over l g.
  Proof. intros E; unfold sum_over; now rewrite (map_ext _ _ E). Qed.

  Lemma sum_plus l f g : sum_over l (fun x => f x + g x) = sum_over l f + sum_over l g.
  Proof. unfold sum_over; induction l as [|x l IH]; simpl; [|rewrite IH]; ring. Qed.

  Lemma sum_scale l c f : sum_over l (fun x => c * f x) = c * sum_over l f.
  Proof. unfold sum_over; induction l as [|x l IH]; simpl; [|rewrite IH]; ring. Qed.

  Lemma sum_app l m f : sum_over (l ++ m) f = sum_over l f + sum_over m f.
  Proof. unfold sum_over; induction l as [|x l IH]; simpl; [|rewrite IH]; ring. Qed.

  Lemma sum_map {B} (h : B -> A) (m : list B) f : sum_over (map h m) f = sum_over m (fun x => f (h x)).
  Proof. unfold sum_over; now rewrite map_map. Qed.

  Lemma sum_zero l : sum_over l (fun _ => 0) = 0.
  Proof. unfold sum_over; induction l as [|x l IH]; simpl; [|rewrite IH]; ring. Qed.

  Lemma sum_nonneg l f : (forall x, 0 <= f x) -> 0 <= sum_over l f.
  Proof. unfold sum_over; intros p; induction l as [|x l IH]; simpl; [|specialize (p x)]; lra. Qed.

  Lemma sum_member l f x : (forall y, 0 <= f y) -> In x l -> f x <= sum_over l f.
  Proof.
    unfold sum_over; intros p; induction l as [|y l IH]; simpl; [easy|].
    pose proof (sum_nonneg l f p) as r; unfold sum_over in r; pose proof (p y).
    intros [->|i]; [|specialize (IH i)]; lra.
  Qed.
End Sums.

Lemma sum_swap {A B} (l : list A) (m : list B) (f : A -> B -> R) :
  sum_over l (fun x => sum_over m (f x)) = sum_over m (fun y => sum_over l (fun x => f x y)).
Proof.
  induction l as [|x l IH].
  - symmetry; apply (sum_zero m).
  - change (sum_over m (f x) + sum_over l (fun x => sum_over m (f x))
            = sum_over m (fun y => f x y + sum_over l (fun x => f x y))).
    now rewrite IH, sum_plus.
Qed.

Section Traces.
  Context {A : finite}.
  Implicit Types f g : A -> R.

  Lemma Tr_ext f g : (forall x, f x = g x) -> Tr f = Tr g.
  Proof. apply sum_ext. Qed.

  Lemma Tr_plus f g : (Tr_ x, f x + g x) = Tr f + Tr g.
  Proof. apply sum_plus. Qed.

  Lemma Tr_scale c f : (Tr_ x, c * f x) = c * Tr f.
  Proof. apply sum_scale. Qed.

  Lemma Tr_scale_r c f : (Tr_ x, f x * c) = Tr f * c.
  Proof. rewrite Rmult_comm, <- Tr_scale; apply Tr_ext; intros; ring. Qed.

  Lemma Tr_divide c f : (Tr_ x, f x / c) = Tr f / c.
  Proof. apply Tr_scale_r. Qed.

  Lemma Tr_minus f g : (Tr_ x, f x - g x) = Tr f - Tr g.
  Proof.
    replace (Tr f - Tr g) with (Tr f + -1 * Tr g) by ring.
    rewrite <- Tr_scale, <- Tr_plus; apply Tr_ext; intros; ring.
  Qed.

  Lemma Tr_positive f : (forall x, 0 < f x) -> 0 < Tr f.
  Proof.
    intros p; apply Rlt_le_trans with (f (inhabitant A)); [apply p|].
    apply sum_member; [intros y; now apply Rlt_le|apply complete].
  Qed.

  Lemma Tr_nonneg f : (forall x, 0 <= f x) -> 0 <= Tr f.
  Proof. apply sum_nonneg. Qed.

  (* A sum of nonnegative numbers vanishes only if each of them does. *)
  Lemma Tr_vanishes f : (forall x, 0 <= f x) -> Tr f = 0 -> forall x, f x = 0.
  Proof.
    intros p s x; apply Rle_antisym; [|apply p].
    rewrite <- s; apply sum_member; [exact p|apply complete].
  Qed.
End Traces.

Lemma Tr_swap {A B : finite} (f : A -> B -> R) : (Tr_ x, Tr_ y, f x y) = Tr_ y, Tr_ x, f x y.
Proof. apply sum_swap. Qed.

Lemma nonzero x : 0 < x -> x <> 0.
Proof. lra. Qed.

(* log x <= x - 1, with equality only at 1. *)
Lemma log_below x : 0 < x -> ln x <= x - 1.
Proof. intros p; pose proof (exp_ineq1_le (ln x)) as e; rewrite exp_ln in e by exact p; lra. Qed.

Lemma log_tangent x : 0 < x -> ln x = x - 1 -> x = 1.
Proof.
  intros p e; destruct (Req_dec (ln x) 0) as [z|n]; [lra|].
  pose proof (exp_ineq1 (ln x) n) as i; rewrite exp_ln in i by exact p; lra.
Qed.

(* Relative entropy (Eq. 16), and Gibbs' inequality for positive p and r of equal sums. *)
Definition KL {A : finite} (p r : A -> R) : R := Tr_ x, p x * ln (p x / r x).

Section Gibbs.
  Context {A : finite} (p r : A -> R).
  Hypotheses (p_positive : forall x, 0 < p x) (r_positive : forall x, 0 < r x) (same_sum : Tr p = Tr r).

  Let excess x := p x * (r x / p x - 1 - ln (r x / p x)).

  Lemma ratio_positive x : 0 < r x / p x.
  Proof. apply Rdiv_lt_0_compat; auto. Qed.

  Lemma excess_nonneg x : 0 <= excess x.
  Proof.
    apply Rmult_le_pos; [now apply Rlt_le|]. pose proof (log_below _ (ratio_positive x)); lra.
  Qed.

  Lemma KL_excess : KL p r = Tr excess.
  Proof.
    replace (KL p r) with (Tr r - Tr p + KL p r) by lra.
    unfold KL; rewrite <- Tr_minus, <- Tr_plus; apply Tr_ext; intros x; unfold excess.
    replace (p x / r x) with (/ (r x / p x)) by (field; split; now apply nonzero).
    rewrite ln_Rinv by apply ratio_positive. field; now apply nonzero.
  Qed.

  Lemma Gibbs : 0 <= KL p r.
  Proof. rewrite KL_excess; apply Tr_nonneg, excess_nonneg. Qed.

  Lemma Gibbs_equal : KL p r = 0 <-> forall x, p x = r x.
  Proof.
    split; intros e.
    - intros x; rewrite KL_excess in e.
      pose proof (Tr_vanishes _ excess_nonneg e x) as z; unfold excess in z.
      apply Rmult_integral in z as [z|z]; [pose proof (p_positive x); lra|].
      assert (one : r x / p x = 1) by (apply log_tangent; [apply ratio_positive|lra]).
      pose proof (p_positive x). apply (Rmult_eq_compat_r (p x)) in one.
      unfold Rdiv in one; rewrite Rmult_assoc, Rinv_l in one; lra.
    - unfold KL; rewrite <- (sum_zero (every A)); apply sum_ext; intros x.
      rewrite <- e; unfold Rdiv; rewrite Rinv_r, ln_1 by (now apply nonzero); ring.
  Qed.
End Gibbs.
